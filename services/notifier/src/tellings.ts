import { z } from 'zod';
import type { PersonalChannel, Content } from './content.ts';
import type { QueueNotification } from './notification.ts';
import { deskAddresses } from './recipients.ts';
import type { ReviewDesk } from './recipients.ts';

// A part of a notification's subject.
const id = z.string().regex(/^[\w-]+$/);

/** Those events of an account that somebody is told of. */
export const toldEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ApplicationApproved'), applicationId: id }),
  z.object({
    type: z.literal('ApplicationRejected'),
    applicationId: id,
    reason: z.string(),
    mend: z.array(z.string()).optional(),
  }),
  z.object({
    type: z.literal('ApplicationReminded'),
    applicationId: id,
    kind: z.enum(['half_time', 'overdue']),
    dueTime: z.iso.datetime({ offset: true }),
  }),
  z.object({ type: z.literal('ContactVerificationRequested'), verificationId: id, channel: z.enum(['email', 'sms']) }),
  z.object({ type: z.literal('EntitlementSuspended'), reason: z.string() }),
  z.object({ type: z.literal('EntitlementReinstated') }),
]);
export type ToldEvent = z.infer<typeof toldEvent>;

export const toldEventTypes: readonly string[] = toldEvent.options.map(({ shape }) => shape.type.value);

/** What an event stands in. */
export type Cause = {
  accountId: string;
  companyName: string;
  /** Stream sequence of its decision. */ sequence: number;
  time: Date;
};

/** A notification to queue. */
export type Queueing = { id: string; command: QueueNotification };

const both: readonly PersonalChannel[] = ['email', 'sms'];

/**
 * Whom an event is told to, over which channels: one notification each. Ids follow from the event, so an event that
 * comes again queues nothing new. An application's id is the applicant's choice: it need not be unique beyond the account.
 */
export function tellingsOf(event: ToldEvent, cause: Cause, desk: ReviewDesk): Queueing[] {
  const { accountId, companyName, sequence } = cause;
  switch (event.type) {
    case 'ApplicationApproved': {
      const { applicationId } = event;
      return toAccount(cause, `${accountId}-${applicationId}-approved`, both, {
        template: 'application-approved',
        parameters: { applicationId, companyName },
      });
    }
    case 'ApplicationRejected': {
      const { applicationId, reason, mend } = event;
      return toAccount(cause, `${accountId}-${applicationId}-rejected`, both, {
        template: 'application-rejected',
        parameters: { applicationId, companyName, reason, ...(mend && { mend }) },
      });
    }
    case 'ApplicationReminded': {
      const { type: _, ...reminder } = event;
      return toDesk(cause, `${accountId}-${event.applicationId}-${event.kind}-${sequence}`, desk, {
        template: 'application-reminder',
        parameters: { ...reminder, companyName },
      });
    }
    case 'ContactVerificationRequested': {
      const { verificationId, channel } = event;
      return toAccount(cause, `${accountId}-${verificationId}-verification`, [channel], {
        template: 'verification-code',
        parameters: { verificationId, companyName },
      });
    }
    case 'EntitlementSuspended':
      return toAccount(cause, `${accountId}-${sequence}-suspended`, both, {
        template: 'entitlement-suspended',
        parameters: { companyName, reason: event.reason },
      });
    case 'EntitlementReinstated':
      return toAccount(cause, `${accountId}-${sequence}-reinstated`, both, {
        template: 'entitlement-reinstated',
        parameters: { companyName },
      });
    default:
      return event satisfies never;
  }
}

function toAccount(
  { accountId, time }: Cause,
  id: string,
  channels: readonly PersonalChannel[],
  content: Content,
): Queueing[] {
  const causeTime = time.toISOString();
  return channels.map((channel) => ({
    id: `${id}-${channel}`,
    command: { type: 'Queue', accountId, channel, causeTime, ...content },
  }));
}

function toDesk({ accountId, time }: Cause, id: string, desk: ReviewDesk, content: Content): Queueing[] {
  const causeTime = time.toISOString();
  return both.flatMap((channel) =>
    deskAddresses(desk, channel).map((_, index) => ({
      id: `${id}-desk-${index}-${channel}`,
      command: { type: 'Queue', accountId, channel, recipient: `desk-${index}`, causeTime, ...content },
    })),
  );
}
