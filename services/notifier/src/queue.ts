import { consume, decodeRecorded, handle, history } from '@longwire/eventlog';
import type { EventLog, Meta, Running, StoredMessage } from '@longwire/eventlog';
import { notification, subjectOf } from './notification.ts';
import type { ReviewDesk } from './recipients.ts';
import { tellingsOf, toldEvent, toldEventTypes } from './tellings.ts';
import type { ToldEvent } from './tellings.ts';

const stream = 'ACTIVATION';

export type QueueOptions = {
  /** The stream NOTIFY. */
  log: EventLog;
  desk: ReviewDesk;
  onRetry: (error: unknown) => void;
};

/**
 * Turns each event that somebody is told of into one queued notification per recipient and channel. Its id follows from
 * the event, so an event that comes again, after a crash or from the start of the stream, queues nothing new.
 */
export function queueTellings({ log, desk, onRetry }: QueueOptions): Running {
  const handle = (found: Found) => queue(log, desk, found);
  return consume({ nc: log.nc, stream, durable: 'notifier', decode, handle, onRetry });
}

type Found = { subject: string; sequence: number; told: ToldEvent[]; meta: Meta };

function decode(message: StoredMessage): Found {
  const { subject, sequence, events, meta } = decodeRecorded(message);
  const told = events.filter(({ type }) => toldEventTypes.includes(type)).map((event) => toldEvent.parse(event));
  return { subject, sequence, told, meta };
}

async function queue(log: EventLog, desk: ReviewDesk, { subject, sequence, told, meta: cause }: Found): Promise<void> {
  if (told.length === 0) return;
  const accountId = subject.slice(subject.lastIndexOf('.') + 1);
  const companyName = await findCompanyName(log, subject);
  const { time, traceparent } = cause;
  const meta = { commandId: 'queue', actor: 'notifier', time: new Date(), ...(traceparent && { traceparent }) };
  const queueings = told.flatMap((event) => tellingsOf(event, { accountId, companyName, sequence, time }, desk));
  for (const { id, command } of queueings) await handle(log, subjectOf(id), notification, command, { meta });
}

type AccountEvent = { type: 'AccountCreated'; companyName: string } | { type: 'other' };

/** An account's subject begins with its creation. */
async function findCompanyName(log: EventLog, subject: string): Promise<string> {
  for await (const { events } of history<AccountEvent>({ ...log, stream }, subject)) {
    for (const event of events) if (event.type === 'AccountCreated') return event.companyName;
  }
  throw new Error(`${subject} has something to tell but no AccountCreated`);
}
