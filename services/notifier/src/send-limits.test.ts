import { expect, test } from 'vitest';
import type { Notification } from './notification.ts';
import { SendLimits } from './send-limits.ts';

const unlimited = { perMinute: 1_000, perRecipientHour: 1_000 };
const limited = (sms: typeof unlimited) => new SendLimits({ email: unlimited, sms, webhook: unlimited });
const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1_000);
const to = (accountId: string, channel: 'email' | 'sms' = 'sms'): Notification => ({
  accountId,
  channel,
  content: { template: 'entitlement-reinstated', parameters: { companyName: 'Acme' } },
  state: 'queued',
  attemptCount: 0,
  lastError: '',
  providerMessageId: '',
  resends: [],
});

test('a channel takes so many a minute, and the next one when the first has left the window', () => {
  const limits = limited({ perMinute: 2, perRecipientHour: 10 });
  expect(limits.admit('1', to('a'), at(0))).toBe(0);
  expect(limits.admit('2', to('b'), at(10))).toBe(0);
  expect(limits.admit('3', to('c'), at(20))).toBe(40_000);
  expect(limits.admit('4', to('c', 'email'), at(20))).toBe(0);
  expect(limits.admit('3', to('c'), at(60))).toBe(0);
  expect(limits.admit('5', to('c'), at(61))).toBe(9_000);
});

test('a recipient takes so many an hour on each channel, others none the less', () => {
  const limits = limited({ perMinute: 100, perRecipientHour: 2 });
  expect([0, 60].map((seconds) => limits.admit(`${seconds}`, to('a'), at(seconds)))).toEqual([0, 0]);
  expect(limits.admit('3', to('a'), at(120))).toBe(3_480_000);
  expect(limits.admit('4', { ...to('a'), recipient: 'desk-0' }, at(120))).toBe(0);
  expect(limits.admit('5', to('b'), at(120))).toBe(0);
  expect(limits.admit('3', to('a'), at(3_601))).toBe(0);
});

test('what the log tells counts once, also when it was admitted here', () => {
  const limits = limited({ perMinute: 2, perRecipientHour: 10 });
  expect(limits.admit('1', to('a'), at(0))).toBe(0);
  limits.began('1', to('a'), at(0), at(1).getTime());
  expect(limits.admit('2', to('a'), at(1))).toBe(0);
  expect(limits.admit('3', to('a'), at(2))).toBe(58_000);
});

test('what the log tells of another process counts too, unless it is old', () => {
  const limits = limited({ perMinute: 1, perRecipientHour: 10 });
  limits.began('1', to('a'), at(-7_200), at(0).getTime());
  expect(limits.admit('2', to('a'), at(0))).toBe(0);
  limits.began('3', to('b'), at(70), at(71).getTime());
  expect(limits.admit('4', to('a'), at(80))).toBe(50_000);
});
