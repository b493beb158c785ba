import { expect, test } from 'vitest';
import { NotificationList } from './list.ts';
import { subjectOf } from './notification.ts';
import type { NotificationEvent } from './notification.ts';

const at = (second: number) => new Date(Date.parse('2026-11-25T01:00:00Z') + second * 1_000);
const queued: NotificationEvent = {
  type: 'NotificationQueued',
  accountId: 'acme',
  channel: 'sms',
  template: 'entitlement-reinstated',
  parameters: { companyName: 'Acme' },
};
const started: NotificationEvent = { type: 'NotificationAttemptStarted', time: at(1).toISOString() };
const sent: NotificationEvent = { type: 'NotificationSent', providerMessageId: 'p-1' };
const delivered: NotificationEvent = { type: 'NotificationDelivered', providerMessageId: 'p-1' };
const undelivered: NotificationEvent = { type: 'NotificationUndelivered', error: 'not delivered: 30005' };

/** The entry after these events, each a decision of its own, a second after the one before. */
function entryOf(...events: NotificationEvent[]) {
  const list = new NotificationList();
  for (const [second, event] of events.entries())
    list.fold({
      subject: subjectOf('n1'),
      sequence: second + 1,
      storedTime: at(second),
      meta: { commandId: `c${second}`, actor: 'notifier', time: at(second) },
      events: [event],
    });
  return list.get('n1');
}

test('what was sent keeps the time of its acceptance when it arrives', () => {
  expect(entryOf(queued, started, sent, delivered)).toMatchObject({ sentTime: at(2), deliveredTime: at(3) });
});

test('what arrives before its acceptance is recorded was accepted by then', () => {
  expect(entryOf(queued, started, delivered)).toMatchObject({ sentTime: at(2), deliveredTime: at(2) });
  expect(entryOf(queued, started, undelivered)).toMatchObject({ sentTime: at(2), deliveredTime: undefined });
});

test('an attempt that a receipt concludes is counted', () => {
  expect(entryOf(queued, started, delivered)?.notification.attemptCount).toBe(1);
  expect(entryOf(queued, started, sent, delivered)?.notification.attemptCount).toBe(1);
  expect(entryOf(queued, started, undelivered)?.notification.attemptCount).toBe(1);
});
