import { expect, test } from 'vitest';
import { asksForDelivery, notification } from './notification.ts';
import type { NotificationCommand, NotificationEvent } from './notification.ts';

const content = {
  template: 'application-approved',
  parameters: { applicationId: 'app-1', companyName: 'Acme' },
} as const;
const queue: NotificationCommand = { type: 'Queue', accountId: 'acme', channel: 'sms', ...content };
const queued: NotificationEvent = { type: 'NotificationQueued', accountId: 'acme', channel: 'sms', ...content };
const time = '2026-11-25T01:00:00.000Z';
const started: NotificationEvent = { type: 'NotificationAttemptStarted', time };
const delivered: NotificationEvent = { type: 'NotificationDelivered', providerMessageId: 'p-1' };
const undelivered: NotificationEvent = { type: 'NotificationUndelivered', error: 'not delivered: 30005' };
const sent: NotificationEvent = { type: 'NotificationSent', providerMessageId: 'p-1' };
const attemptFailed = (error: string, permanent = false) => ({
  type: 'NotificationAttemptFailed' as const,
  error,
  permanent,
});
const failed = (error: string): NotificationEvent => ({ type: 'NotificationFailed', error });
const resent = (requestId: string): NotificationEvent => ({ type: 'NotificationResent', requestId });
const recordFailure = (error: string, permanent = false) => ({
  type: 'RecordFailure' as const,
  error,
  permanent,
  maxAttempts: 3,
});

test('queueing records who is told what', () => {
  given().when(queue).produces(queued);
});

test('queueing twice does nothing', () => {
  given(queued).when(queue).produces();
});

test('queueing what was sent already does nothing', () => {
  given(queued, sent).when(queue).produces();
});

test('an accepted message is recorded with the id of its provider', () => {
  given(queued).when({ type: 'RecordSent', providerMessageId: 'p-1' }).produces(sent);
});

test('an acceptance that comes twice is recorded once', () => {
  given(queued, sent).when({ type: 'RecordSent', providerMessageId: 'p-2' }).produces();
});

test('an acceptance counts even after the notification was given up', () => {
  given(queued, attemptFailed('no answer', true), failed('no answer'))
    .when({ type: 'RecordSent', providerMessageId: 'p-1' })
    .produces(sent);
});

test('a temporary failure is an attempt', () => {
  given(queued, started).when(recordFailure('smtp 451')).produces(attemptFailed('smtp 451'));
});

test('the last attempt fails the notification', () => {
  given(queued, started, attemptFailed('smtp 451'), started, attemptFailed('smtp 451'), started)
    .when(recordFailure('smtp 421'))
    .produces(attemptFailed('smtp 421'), failed('smtp 421'));
});

test('a permanent failure fails it at once', () => {
  given(queued, started)
    .when(recordFailure('no contacts', true))
    .produces(attemptFailed('no contacts', true), failed('no contacts'));
});

test('a failure after the end is not recorded', () => {
  given(queued, sent).when(recordFailure('late')).produces();
  given(queued, attemptFailed('a', true), failed('a')).when(recordFailure('late')).produces();
});

test('an attempt begins once, and what comes of it is recorded once', () => {
  given(queued).when({ type: 'StartAttempt', time }).produces(started);
  given(queued, started).when({ type: 'StartAttempt', time }).produces();
  given(queued, started, sent).when({ type: 'StartAttempt', time }).produces();
  given(queued, started, attemptFailed('a')).when(recordFailure('a')).produces();
  given(queued).when(recordFailure('a')).produces();
});

test('a receipt settles what was accepted, once', () => {
  const arrived: NotificationCommand = { type: 'RecordDelivered', providerMessageId: 'p-1' };
  const lost: NotificationCommand = { type: 'RecordUndelivered', error: 'not delivered: 30005' };
  given(queued, started, sent).when(arrived).produces(delivered);
  given(queued, started, sent).when(lost).produces(undelivered);
  given(queued, started, sent, delivered).when(arrived).produces();
  given(queued, started, sent, delivered).when(lost).produces();
  given(queued, started, sent, undelivered).when(arrived).produces();
  given(queued).when(arrived).produces();
});

test('a receipt that comes before its acceptance is recorded stands for it', () => {
  given(queued, started).when({ type: 'RecordDelivered', providerMessageId: 'p-1' }).produces(delivered);
  given(queued, started, delivered).when({ type: 'RecordSent', providerMessageId: 'p-1' }).produces();
  given(queued, started, undelivered).when({ type: 'RecordSent', providerMessageId: 'p-1' }).produces();
});

test('a receipt settles what may have been accepted, so that it is not sent again', () => {
  const unanswered: NotificationEvent = { ...attemptFailed('no answer'), isUnknown: true };
  const arrived: NotificationCommand = { type: 'RecordDelivered', providerMessageId: 'p-1' };
  given(queued, started)
    .when({ ...recordFailure('no answer'), isUnknown: true })
    .produces(unanswered);
  given(queued, started, unanswered).when(arrived).produces(delivered);
  given(queued, started, unanswered, started, attemptFailed('smtp 451')).when(arrived).produces(delivered);
  given(queued, started, attemptFailed('smtp 451')).when(arrived).produces();
  expect(asks(queued, [queued, started, unanswered, delivered])).toBe(false);
});

test('a resend is sent whatever became of the attempts before it', () => {
  const past = [queued, started, { ...attemptFailed('a', true), isUnknown: true as const }, failed('a')];
  expect(fold(past)?.unknownSince).toBe(time);
  expect(fold([...past, resent('r1')])).not.toHaveProperty('unknownSince');
});

test('what was not delivered is resent, and may be delivered then', () => {
  const past = [queued, started, sent, undelivered];
  given(...past)
    .when({ type: 'Resend', requestId: 'r1' })
    .produces(resent('r1'));
  given(...past, resent('r1'), started)
    .when({ type: 'RecordSent', providerMessageId: 'p-2' })
    .produces({
      type: 'NotificationSent',
      providerMessageId: 'p-2',
    });
  given(...past, resent('r1'), started, sent)
    .when({ type: 'RecordDelivered' })
    .produces({
      type: 'NotificationDelivered',
    });
});

test('a failed notification is resent and starts its attempts over', () => {
  const past = [queued, attemptFailed('a', true), failed('a')];
  given(...past)
    .when({ type: 'Resend', requestId: 'r1' })
    .produces(resent('r1'));
  given(...past, resent('r1'), started, attemptFailed('b'), started)
    .when(recordFailure('c'))
    .produces(attemptFailed('c'));
});

test('a repeated resend does nothing, even after another one failed', () => {
  const past = [queued, attemptFailed('a', true), failed('a'), resent('r1')];
  given(...past)
    .when({ type: 'Resend', requestId: 'r1' })
    .produces();
  given(...past, attemptFailed('b', true), failed('b'), resent('r2'), attemptFailed('c', true), failed('c'))
    .when({ type: 'Resend', requestId: 'r1' })
    .produces();
});

test('what is queued or sent is not resent', () => {
  given(queued).when({ type: 'Resend', requestId: 'r1' }).refuses('NOT_FAILED');
  given(queued, sent).when({ type: 'Resend', requestId: 'r1' }).refuses('NOT_FAILED');
});

test('what was never queued is neither recorded nor resent', () => {
  given().when({ type: 'RecordSent', providerMessageId: 'p-1' }).refuses('NOTIFICATION_NOT_FOUND');
  given().when(recordFailure('a')).refuses('NOTIFICATION_NOT_FOUND');
  given().when({ type: 'Resend', requestId: 'r1' }).refuses('NOTIFICATION_NOT_FOUND');
});

test('only the queueing or the last resend asks for delivery', () => {
  const failedOnce = [queued, attemptFailed('a', true), failed('a')];
  expect(asks(queued, [queued, attemptFailed('a')])).toBe(true);
  expect(asks(queued, [queued, started])).toBe(true);
  expect(asks(queued, [queued, sent])).toBe(false);
  expect(asks(queued, failedOnce)).toBe(false);
  expect(asks(queued, [...failedOnce, resent('r1')])).toBe(false);
  expect(asks(resent('r1'), [...failedOnce, resent('r1')])).toBe(true);
  expect(asks(attemptFailed('a'), [queued, attemptFailed('a')])).toBe(false);
});

function fold(events: NotificationEvent[]) {
  return events.reduce(notification.evolve, notification.initial);
}

function asks(event: NotificationEvent, past: NotificationEvent[]): boolean {
  const state = fold(past);
  return state !== undefined && asksForDelivery(event, state);
}

function given(...past: NotificationEvent[]) {
  return {
    when: (command: NotificationCommand) => ({
      produces: (...events: NotificationEvent[]) => expect(notification.decide(command, fold(past))).toEqual(events),
      refuses: (reason: string) =>
        expect(() => notification.decide(command, fold(past))).toThrow(expect.objectContaining({ reason })),
    }),
  };
}
