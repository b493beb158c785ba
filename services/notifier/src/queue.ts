import { consume, decodeRecorded, handle, history } from '@longwire/eventlog';
import type { EventLog, Meta, Running, StoredMessage } from '@longwire/eventlog';
import { z } from 'zod';
import { notification, subjectOf } from './notification.ts';
import type { Channel, Content } from './notification.ts';

const stream = 'ACTIVATION';
const channels: readonly Channel[] = ['email', 'sms'];

export type QueueOptions = {
  /** The stream NOTIFY. */
  log: EventLog;
  onRetry: (error: unknown) => void;
};

/**
 * Turns each decision of a reviewer into one queued notification per channel. Its id follows from the decision, so a
 * decision that comes again, after a crash or from the start of the stream, queues nothing new.
 */
export function queueDecisions({ log, onRetry }: QueueOptions): Running {
  return consume({ nc: log.nc, stream, durable: 'notifier', decode, handle: (found) => queue(log, found), onRetry });
}

// A part of a notification's subject.
const applicationId = z.string().regex(/^[\w-]+$/);
const decision = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ApplicationApproved'), applicationId }),
  z.object({ type: z.literal('ApplicationRejected'), applicationId, reason: z.string() }),
]);
type Decision = z.infer<typeof decision>;
const decisionTypes: readonly string[] = ['ApplicationApproved', 'ApplicationRejected'];

type Found = { subject: string; decisions: Decision[]; meta: Meta };

function decode(message: StoredMessage): Found {
  const { subject, events, meta } = decodeRecorded(message);
  const decisions = events.filter(({ type }) => decisionTypes.includes(type)).map((event) => decision.parse(event));
  return { subject, decisions, meta };
}

async function queue(log: EventLog, { subject, decisions, meta: { traceparent } }: Found): Promise<void> {
  if (decisions.length === 0) return;
  const accountId = subject.slice(subject.lastIndexOf('.') + 1);
  const companyName = await findCompanyName(log, subject);
  const meta = { commandId: 'queue', actor: 'notifier', time: new Date(), ...(traceparent && { traceparent }) };
  for (const decision of decisions) {
    const { outcome, content } = tell(decision, companyName);
    for (const channel of channels) {
      // An application's id is the applicant's choice: it need not be unique beyond the account.
      const id = `${accountId}-${decision.applicationId}-${outcome}-${channel}`;
      await handle(log, subjectOf(id), notification, { type: 'Queue', accountId, channel, ...content }, { meta });
    }
  }
}

type AccountEvent = { type: 'AccountCreated'; companyName: string } | { type: 'other' };

/** An account's subject begins with its creation. */
async function findCompanyName(log: EventLog, subject: string): Promise<string> {
  for await (const { events } of history<AccountEvent>({ ...log, stream }, subject)) {
    for (const event of events) if (event.type === 'AccountCreated') return event.companyName;
  }
  throw new Error(`${subject} has a decision but no AccountCreated`);
}

function tell(decision: Decision, companyName: string): { outcome: string; content: Content } {
  const { applicationId } = decision;
  switch (decision.type) {
    case 'ApplicationApproved':
      return {
        outcome: 'approved',
        content: { template: 'application-approved', parameters: { applicationId, companyName } },
      };
    case 'ApplicationRejected':
      return {
        outcome: 'rejected',
        content: {
          template: 'application-rejected',
          parameters: { applicationId, companyName, reason: decision.reason },
        },
      };
    default:
      return decision satisfies never;
  }
}
