import { consume, decodeRecorded, handle } from '@longwire/eventlog';
import type { EventLog, Meta, Running, StoredMessage } from '@longwire/eventlog';
import { findCompanyName } from './company-name.ts';
import { notification, subjectOf } from './notification.ts';
import type { QueueToWebhooks } from './queue-webhooks.ts';
import type { ReviewDesk } from './recipients.ts';
import { tellingsOf, toldEvent, toldEventTypes } from './tellings.ts';
import type { ToldEvent } from './tellings.ts';
import { newsOfAccount } from './webhook-events.ts';

const stream = 'ACTIVATION';

export type QueueOptions = {
  /** The stream NOTIFY. */
  log: EventLog;
  desk: ReviewDesk;
  toWebhooks: QueueToWebhooks;
  onRetry: (error: unknown) => void;
};

/**
 * Turns each event that somebody is told of into one queued notification per recipient and channel. Its id follows from
 * the event, so an event that comes again, after a crash or from the start of the stream, queues nothing new.
 */
export function queueTellings(options: QueueOptions): Running {
  const { log, onRetry } = options;
  const handle = (found: Found) => queue(options, found);
  return consume({ nc: log.nc, stream, durable: 'notifier', decode, handle, onRetry });
}

type Found = { subject: string; sequence: number; told: ToldEvent[]; meta: Meta };

function decode(message: StoredMessage): Found {
  const { subject, sequence, events, meta } = decodeRecorded(message);
  const told = events.filter(({ type }) => toldEventTypes.includes(type)).map((event) => toldEvent.parse(event));
  return { subject, sequence, told, meta };
}

async function queue({ log, desk, toWebhooks }: QueueOptions, found: Found): Promise<void> {
  const { subject, sequence, told, meta: cause } = found;
  if (told.length === 0) return;
  const accountId = subject.slice(subject.lastIndexOf('.') + 1);
  const companyName = await findCompanyName(log, accountId);
  const { time, traceparent } = cause;
  const meta = { commandId: 'queue', actor: 'notifier', time: new Date(), ...(traceparent && { traceparent }) };
  const queueings = told.flatMap((event) => tellingsOf(event, { accountId, companyName, sequence, time }, desk));
  for (const { id, command } of queueings) await handle(log, subjectOf(id), notification, command, { meta });
  const news = told.flatMap((event, index) => {
    const parameters = newsOfAccount(event);
    return parameters ? [{ key: `activation-${sequence}-${index}`, parameters }] : [];
  });
  await toWebhooks(accountId, news, cause);
}
