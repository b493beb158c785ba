import { expect, test } from 'vitest';
import { startWebhookReceiver } from './webhook-receiver.ts';
import { startWorld, untilStates } from './world.ts';

test('an SMS provider that asks for time is given it', async () => {
  await using world = await startWorld();
  const asked: number[] = [];
  world.provider.answer = () => {
    asked.push(Date.now());
    return asked.length > 1 ? undefined : { status: 429, body: {}, headers: { 'retry-after': '2' } };
  };
  const { client } = await world.startNotifier();
  await world.createAccount();
  await world.approve();
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const [first = 0, second = 0] = asked;
  expect(second - first).toBeGreaterThanOrEqual(2_000);
});

test('a webhook that says when it is back is told again then', async () => {
  await using world = await startWorld();
  await using receiver = await startWebhookReceiver();
  const backAt = Math.ceil(Date.now() / 1_000) * 1_000 + 3_000;
  receiver.headers = { 'retry-after': new Date(backAt).toUTCString() };
  receiver.answer = () => (receiver.calls.length > 1 ? 204 : 503);
  const { client, asCustomer } = await world.startNotifier({ WEBHOOK_ALLOW: '127.0.0.1' });
  const { webhooks } = await asCustomer();
  const { webhook } = await webhooks.createWebhook({ url: receiver.url });
  await webhooks.testWebhook({ webhookId: webhook?.webhookId ?? '' });
  const [told] = await untilStates(client, 'STATE_SENT');
  expect(told?.sentTime?.getTime()).toBeGreaterThanOrEqual(backAt);
  expect(receiver.calls).toHaveLength(2);
});
