import { DomainError } from '@longwire/contracts';
import type { Channel, Content } from './content.ts';

export type NotificationEvent =
  | ({ type: 'NotificationQueued' } & Queued & Content)
  | { type: 'NotificationAttemptFailed'; error: string; permanent: boolean }
  | { type: 'NotificationSent'; providerMessageId: string }
  | { type: 'NotificationFailed'; error: string }
  | { type: 'NotificationResent'; requestId: string };

type Queued = {
  /** The account that it is about. */
  accountId: string;
  channel: Channel;
  /** Absent for the account's own contacts; `desk-<n>` for the n-th address or number of the review desk. */
  recipient?: string;
  /** When that happened which it tells, ISO 8601. */
  causeTime?: string;
};

/** One message to one recipient over one channel. */
export type Notification = Queued & {
  content: Content;
  state: 'queued' | 'sent' | 'failed';
  /** Failed and successful attempts since it was queued or resent. */
  attemptCount: number;
  /** Why the last attempt failed; empty if none did. */
  lastError: string;
  providerMessageId: string;
  /** The requests that queued it again, in their order. */
  resends: readonly string[];
};

/** Undefined until it is queued. */
export type NotificationState = Notification | undefined;

export type QueueNotification = { type: 'Queue' } & Queued & Content;

export type NotificationCommand =
  | QueueNotification
  | { type: 'RecordSent'; providerMessageId: string }
  | {
      type: 'RecordFailure';
      error: string;
      /** Trying again would not help. */
      permanent: boolean;
      /** The attempt after which no other follows. */
      maxAttempts: number;
    }
  | { type: 'Resend'; requestId: string };

export const notification = { initial: undefined as NotificationState, evolve, decide };

const subjectPrefix = 'notify.notification.';

/** A notification's subject in the stream NOTIFY. */
export const subjectOf = (id: string): string => `${subjectPrefix}${id}`;

export const idOf = (subject: string): string => subject.slice(subjectPrefix.length);

/**
 * Whether this event is what asks for the delivery now under way: the queueing, or the last resend. An older one that
 * comes again (its acknowledgement was lost) must not start a second delivery beside it.
 */
export function asksForDelivery(event: NotificationEvent, { state, resends }: Notification): boolean {
  if (state !== 'queued') return false;
  if (event.type === 'NotificationQueued') return resends.length === 0;
  return event.type === 'NotificationResent' && event.requestId === resends.at(-1);
}

function evolve(state: NotificationState, event: NotificationEvent): NotificationState {
  if (event.type === 'NotificationQueued') return queued(event);
  if (!state) throw new Error(`${event.type} comes before NotificationQueued`);
  switch (event.type) {
    case 'NotificationAttemptFailed':
      return { ...state, attemptCount: state.attemptCount + 1, lastError: event.error };
    case 'NotificationSent':
      return {
        ...state,
        state: 'sent',
        attemptCount: state.attemptCount + 1,
        providerMessageId: event.providerMessageId,
      };
    case 'NotificationFailed':
      return { ...state, state: 'failed', lastError: event.error };
    case 'NotificationResent':
      return { ...state, state: 'queued', attemptCount: 0, resends: [...state.resends, event.requestId] };
    default:
      return event satisfies never;
  }
}

function queued(event: Extract<NotificationEvent, { type: 'NotificationQueued' }>): Notification {
  const { type: _, accountId, channel, recipient, causeTime, ...content } = event;
  return {
    accountId,
    channel,
    ...(recipient !== undefined && { recipient }),
    ...(causeTime !== undefined && { causeTime }),
    content,
    state: 'queued',
    attemptCount: 0,
    lastError: '',
    providerMessageId: '',
    resends: [],
  };
}

function decide(command: NotificationCommand, state: NotificationState): NotificationEvent[] {
  if (command.type === 'Queue') return state ? [] : [{ ...command, type: 'NotificationQueued' }];
  if (!state) throw new DomainError('NOT_FOUND', 'NOTIFICATION_NOT_FOUND', 'there is no such notification');
  switch (command.type) {
    case 'RecordSent':
      return state.state === 'sent' ? [] : [{ type: 'NotificationSent', providerMessageId: command.providerMessageId }];
    case 'RecordFailure':
      return state.state === 'queued' ? recordFailure(command, state) : [];
    case 'Resend':
      return resend(command.requestId, state);
    default:
      return command satisfies never;
  }
}

function recordFailure(
  { error, permanent, maxAttempts }: Extract<NotificationCommand, { type: 'RecordFailure' }>,
  { attemptCount }: Notification,
): NotificationEvent[] {
  const attemptFailed: NotificationEvent = { type: 'NotificationAttemptFailed', error, permanent };
  const isLast = permanent || attemptCount + 1 >= maxAttempts;
  return isLast ? [attemptFailed, { type: 'NotificationFailed', error }] : [attemptFailed];
}

function resend(requestId: string, { state, resends }: Notification): NotificationEvent[] {
  if (resends.includes(requestId)) return [];
  if (state !== 'failed')
    throw new DomainError(
      'FAILED_PRECONDITION',
      'NOT_FAILED',
      `only a failed notification is resent; this is ${state}`,
    );
  return [{ type: 'NotificationResent', requestId }];
}
