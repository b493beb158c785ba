import { expect, test } from 'vitest';
import type { Channel } from './content.ts';
import { Lanes } from './lanes.ts';
import type { Notification } from './notification.ts';

const to = (channel: Channel, recipient?: string): Notification => ({
  accountId: 'acme',
  channel,
  ...(recipient !== undefined && { recipient }),
  content: { template: 'entitlement-reinstated', parameters: { companyName: 'Acme' } },
  state: 'queued',
  attemptCount: 0,
  lastError: '',
  providerMessageId: '',
  resends: [],
});

test('a channel that is full holds up no other, and takes the next when one has left', () => {
  const lanes = new Lanes();
  const places = Array.from({ length: 8 }, () => lanes.enter(to('email')));
  expect(places).not.toContain(undefined);
  expect(lanes.enter(to('email'))).toBeUndefined();
  expect(lanes.enter(to('sms'))).toBeDefined();
  places[0]?.[Symbol.dispose]();
  expect(lanes.enter(to('email'))).toBeDefined();
  expect(lanes.enter(to('email'))).toBeUndefined();
});

test('a webhook that hangs holds up no other', () => {
  const lanes = new Lanes();
  expect([1, 2].map(() => lanes.enter(to('webhook', 'one')))).not.toContain(undefined);
  expect(lanes.enter(to('webhook', 'one'))).toBeUndefined();
  expect(lanes.enter(to('webhook', 'other'))).toBeDefined();
});
