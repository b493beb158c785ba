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
  const places = Array.from({ length: 8 }, (_, index) => lanes.enter(`n${index}`, to('email')));
  expect(places).not.toContain(undefined);
  expect(lanes.enter('other', to('email'))).toBeUndefined();
  expect(lanes.enter('other', to('sms'))).toBeDefined();
  places[0]?.[Symbol.dispose]();
  expect(lanes.enter('another', to('email'))).toBeDefined();
  expect(lanes.enter('third', to('email'))).toBeUndefined();
});

test('a notification is sent by one attempt at a time', () => {
  const lanes = new Lanes();
  const place = lanes.enter('n1', to('email'));
  expect(lanes.enter('n1', to('email'))).toBeUndefined();
  place?.[Symbol.dispose]();
  expect(lanes.enter('n1', to('email'))).toBeDefined();
});

test('a webhook that hangs holds up no other', () => {
  const lanes = new Lanes();
  expect(['n1', 'n2'].map((id) => lanes.enter(id, to('webhook', 'one')))).not.toContain(undefined);
  expect(lanes.enter('other', to('webhook', 'one'))).toBeUndefined();
  expect(lanes.enter('other', to('webhook', 'other'))).toBeDefined();
});
