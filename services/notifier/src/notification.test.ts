import { expect, test } from 'vitest';
import { asksForDelivery, notification } from './notification.ts';
import type { NotificationCommand, NotificationEvent } from './notification.ts';

const content = {
  template: 'application-approved',
  parameters: { applicationId: 'app-1', companyName: 'Acme' },
} as const;
const queue: NotificationCommand = { type: 'Queue', accountId: 'acme', channel: 'sms', ...content };
const queued: NotificationEvent = { type: 'NotificationQueued', accountId: 'acme', channel: 'sms', ...content };
const sent: NotificationEvent = { type: 'NotificationSent', providerMessageId: 'p-1' };
const attemptFailed = (error: string, permanent = false): NotificationEvent => ({
  type: 'NotificationAttemptFailed',
  error,
  permanent,
});
const failed = (error: string): NotificationEvent => ({ type: 'NotificationFailed', error });
const resent = (requestId: string): NotificationEvent => ({ type: 'NotificationResent', requestId });
const recordFailure = (error: string, permanent = false): NotificationCommand => ({
  type: 'RecordFailure',
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
  given(queued).when(recordFailure('smtp 451')).produces(attemptFailed('smtp 451'));
});

test('the last attempt fails the notification', () => {
  given(queued, attemptFailed('smtp 451'), attemptFailed('smtp 451'))
    .when(recordFailure('smtp 421'))
    .produces(attemptFailed('smtp 421'), failed('smtp 421'));
});

test('a permanent failure fails it at once', () => {
  given(queued)
    .when(recordFailure('no contacts', true))
    .produces(attemptFailed('no contacts', true), failed('no contacts'));
});

test('a failure after the end is not recorded', () => {
  given(queued, sent).when(recordFailure('late')).produces();
  given(queued, attemptFailed('a', true), failed('a')).when(recordFailure('late')).produces();
});

test('a failed notification is resent and starts its attempts over', () => {
  const past = [queued, attemptFailed('a', true), failed('a')];
  given(...past)
    .when({ type: 'Resend', requestId: 'r1' })
    .produces(resent('r1'));
  given(...past, resent('r1'), attemptFailed('b'))
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
