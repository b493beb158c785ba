import { DomainError } from '@longwire/contracts';
import type { Channel, Content } from './content.ts';

export type NotificationEvent =
  | ({ type: 'NotificationQueued' } & Queued & Content)
  | { type: 'NotificationAttemptStarted'; /** ISO 8601. */ time: string }
  | {
      type: 'NotificationAttemptFailed';
      error: string;
      permanent: boolean;
      /** No answer told what came of it: the message may have been accepted. */
      isUnknown?: true;
    }
  | { type: 'NotificationSent'; providerMessageId: string }
  | { type: 'NotificationFailed'; error: string }
  | { type: 'NotificationDelivered'; /** Absent where the receipt does not say it. */ providerMessageId?: string }
  | { type: 'NotificationUndelivered'; error: string }
  | { type: 'NotificationResent'; requestId: string };

type Queued = {
  /** The account that it is about. */
  accountId: string;
  channel: Channel;
  /** Absent for the account's own contacts; `desk-<n>` for the n-th of the review desk; the id of a webhook. */
  recipient?: string;
  /** When that happened which it tells, ISO 8601. */
  causeTime?: string;
};

/** One message to one recipient over one channel. */
export type Notification = Queued & {
  content: Content;
  /** Sending: an attempt has begun, and what came of it is not recorded yet. */
  state: 'queued' | 'sending' | 'sent' | 'delivered' | 'failed';
  /** Failed and successful attempts since it was queued or resent. */
  attemptCount: number;
  /** When the last attempt began, ISO 8601. */
  attemptTime?: string;
  /** When the first attempt began that may have been accepted although it failed, ISO 8601. */
  unknownSince?: string;
  /** Why the last attempt failed, or why an accepted message did not arrive; empty if neither happened. */
  lastError: string;
  providerMessageId: string;
  /** It was accepted, and its provider said later that it did not arrive. */
  isUndelivered?: true;
  /** The requests that queued it again, in their order. */
  resends: readonly string[];
};

/** Undefined until it is queued. */
export type NotificationState = Notification | undefined;

export type QueueNotification = { type: 'Queue' } & Queued & Content;

export type NotificationCommand =
  | QueueNotification
  | { type: 'StartAttempt'; time: string }
  | { type: 'RecordSent'; providerMessageId: string }
  | {
      type: 'RecordFailure';
      error: string;
      /** Trying again would not help. */
      permanent: boolean;
      /** It may have been accepted. */
      isUnknown?: boolean;
      /** The attempt after which no other follows. */
      maxAttempts: number;
    }
  | { type: 'RecordDelivered'; providerMessageId?: string }
  | { type: 'RecordUndelivered'; error: string }
  | { type: 'Resend'; requestId: string };

export const notification = { initial: undefined as NotificationState, evolve, decide };

const subjectPrefix = 'notify.notification.';

/** Whether it goes to the account, not to the review desk. */
export function isForAccount({ channel, recipient }: Notification): boolean {
  return channel === 'webhook' || recipient === undefined;
}

/** A notification's subject in the stream NOTIFY. */
export const subjectOf = (id: string): string => `${subjectPrefix}${id}`;

/** The id in a subject; undefined when the subject is not a notification's. */
export const idOf = (subject: string): string | undefined =>
  subject.startsWith(subjectPrefix) ? subject.slice(subjectPrefix.length) : undefined;

/**
 * Whether this event is what asks for the delivery now under way: the queueing, or the last resend. An older one that
 * comes again (its acknowledgement was lost) must not start a second delivery beside it.
 */
export function asksForDelivery(event: NotificationEvent, { state, resends }: Notification): boolean {
  if (state !== 'queued' && state !== 'sending') return false;
  if (event.type === 'NotificationQueued') return resends.length === 0;
  return event.type === 'NotificationResent' && event.requestId === resends.at(-1);
}

function evolve(state: NotificationState, event: NotificationEvent): NotificationState {
  if (event.type === 'NotificationQueued') return queued(event);
  if (!state) throw new Error(`${event.type} comes before NotificationQueued`);
  const { attemptCount } = state;
  switch (event.type) {
    case 'NotificationAttemptStarted':
      return { ...state, state: 'sending', attemptTime: event.time };
    case 'NotificationAttemptFailed': {
      const unknownSince = state.unknownSince ?? (event.isUnknown && state.attemptTime);
      const failed = { ...state, state: 'queued' as const, attemptCount: attemptCount + 1, lastError: event.error };
      return unknownSince === undefined ? failed : { ...failed, unknownSince };
    }
    case 'NotificationSent':
      return { ...state, state: 'sent', attemptCount: attemptCount + 1, providerMessageId: event.providerMessageId };
    case 'NotificationFailed':
      return { ...state, state: 'failed', lastError: event.error };
    case 'NotificationDelivered': {
      const providerMessageId = event.providerMessageId ?? state.providerMessageId;
      return { ...state, state: 'delivered', attemptCount: concluded(state), providerMessageId };
    }
    case 'NotificationUndelivered':
      return { ...state, state: 'failed', attemptCount: concluded(state), isUndelivered: true, lastError: event.error };
    case 'NotificationResent': {
      const { isUndelivered: _, unknownSince: __, ...again } = state;
      return { ...again, state: 'queued', attemptCount: 0, resends: [...state.resends, event.requestId] };
    }
    default:
      return event satisfies never;
  }
}

/** The attempts, counting the one under way: a receipt that comes before the record of its acceptance concludes it. */
function concluded({ state, attemptCount }: Notification): number {
  return state === 'sending' ? attemptCount + 1 : attemptCount;
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
    case 'StartAttempt':
      return state.state === 'queued' ? [{ type: 'NotificationAttemptStarted', time: command.time }] : [];
    case 'RecordSent':
      return isAccepted(state) ? [] : [{ type: 'NotificationSent', providerMessageId: command.providerMessageId }];
    case 'RecordFailure':
      return state.state === 'sending' ? recordFailure(command, state) : [];
    case 'RecordDelivered':
      return isSettled(state) ? [] : [{ ...command, type: 'NotificationDelivered' }];
    case 'RecordUndelivered':
      return isSettled(state) ? [] : [{ type: 'NotificationUndelivered', error: command.error }];
    case 'Resend':
      return resend(command.requestId, state);
    default:
      return command satisfies never;
  }
}

/** Whether the relay or the provider has taken it, as far as is known. */
function isAccepted({ state, isUndelivered }: Notification): boolean {
  return state === 'sent' || state === 'delivered' || isUndelivered === true;
}

/** Whether a receipt comes too late: there was one before, or it was queued anew and nothing of it can have been accepted. */
function isSettled({ state, isUndelivered, unknownSince }: Notification): boolean {
  return (state === 'queued' && unknownSince === undefined) || state === 'delivered' || isUndelivered === true;
}

function recordFailure(
  { error, permanent, isUnknown, maxAttempts }: Extract<NotificationCommand, { type: 'RecordFailure' }>,
  { attemptCount }: Notification,
): NotificationEvent[] {
  const known: NotificationEvent = { type: 'NotificationAttemptFailed', error, permanent };
  const attemptFailed: NotificationEvent = isUnknown ? { ...known, isUnknown } : known;
  const isLast = permanent || attemptCount + 1 >= maxAttempts;
  return isLast ? [attemptFailed, { type: 'NotificationFailed', error }] : [attemptFailed];
}

function resend(requestId: string, { state, resends }: Notification): NotificationEvent[] {
  if (resends.includes(requestId)) return [];
  if (state === 'failed') return [{ type: 'NotificationResent', requestId }];
  const message = `only a failed notification is resent; this is ${state}`;
  throw new DomainError('FAILED_PRECONDITION', 'NOT_FAILED', message);
}
