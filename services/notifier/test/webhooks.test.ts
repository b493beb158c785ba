import { randomUUID } from 'node:crypto';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { lookup } from 'node:dns/promises';
import { rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel, Notification_State } from '@longwire/contracts/notifier/v1/notification';
import { Webhook_State } from '@longwire/contracts/notifier/v1/webhook';
import { isForbiddenAddress, parseAddressRanges } from '@longwire/origins';
import { expect, test, vi } from 'vitest';
import { selfSigned } from '../../edge/test/certificate.ts';
import { signedUnder, startWebhookReceiver } from './webhook-receiver.ts';
import { startWorld } from './world.ts';

const allowed = { WEBHOOK_ALLOW: '127.0.0.1' };
const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 30_000, interval: 20 });

test("a customer's system is told, signed, of what happens to the account and its domains", async () => {
  await using world = await startWorld();
  await using receiver = await startWebhookReceiver();
  const notifier = await world.startNotifier(allowed);
  const { webhooks, notifications } = await notifier.asCustomer();
  await world.createAccount();
  await world.createAccount('initech', 'Initech');
  const { webhook, secret } = await webhooks.createWebhook({ url: receiver.url });
  expect(webhook).toMatchObject({ accountId: 'acme', url: receiver.url, state: Webhook_State.STATE_ENABLED });
  expect(secret).toMatch(/^whsec_[\w-]{32}$/);

  const applicationId = await world.approve();
  await world.decide('acme', { type: 'EntitlementSuspended', reason: 'unpaid' });
  await world.decide('acme', { type: 'EntitlementReinstated' });
  await world.decide('acme', { type: 'ApplicationRejected', applicationId: 'other', reason: 'why' });
  await world.decideDomain('live.acme.test', { type: 'DomainAdded', domainName: 'live.acme.test', accountId: 'acme' });
  await world.decideDomain('live.acme.test', { type: 'WebSocketEnabled' });
  await world.decideDomain('live.acme.test', { type: 'WebSocketDisabled' });
  await world.approve('initech');
  await until(() => receiver.calls.length === 6);

  expect(new Map(receiver.calls.map(({ event }) => [event.type, event.data]))).toEqual(
    new Map<string, object>([
      ['application.approved', { applicationId }],
      ['entitlement.suspended', { reason: 'unpaid' }],
      ['entitlement.reinstated', {}],
      ['application.rejected', { applicationId: 'other', reason: 'why' }],
      ['websocket.enabled', { domainName: 'live.acme.test' }],
      ['websocket.disabled', { domainName: 'live.acme.test' }],
    ]),
  );
  for (const call of receiver.calls) {
    expect(call.id).toBe(call.event.id);
    expect(signedUnder(call, [secret])).toBe(1);
  }
  const { webhookId = '' } = webhook ?? {};
  await until(async () => {
    const { notifications: told } = await webhooks.listDeliveries({ webhookId });
    return told.length === 6 && told.every(({ state }) => state === Notification_State.STATE_SENT);
  });
  const { notifications: listed } = await notifications.listNotifications({ channel: Channel.CHANNEL_WEBHOOK });
  expect(listed).toHaveLength(6);
  const text = JSON.stringify([listed, await webhooks.listWebhooks({})], (_, value) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(text).not.toContain('whsec_');
});

test('a secret is given once, a rotated one stands beside the old one, and neither is in the log', async () => {
  await using world = await startWorld(['whsec_']);
  await using receiver = await startWebhookReceiver();
  const notifier = await world.startNotifier(allowed);
  const { webhooks } = await notifier.asCustomer();
  const requestId = randomUUID();
  const first = await webhooks.createWebhook({ url: receiver.url, requestId });
  const again = await webhooks.createWebhook({ url: receiver.url, requestId });
  expect(again).toEqual({ webhook: first.webhook, secret: '' });
  const { webhookId = '' } = first.webhook ?? {};

  const rotation = randomUUID();
  const { secret } = await webhooks.rotateSecret({ webhookId, requestId: rotation });
  expect(secret).not.toBe(first.secret);
  expect(await webhooks.rotateSecret({ webhookId, requestId: rotation })).toEqual({ secret: '' });
  await webhooks.testWebhook({ webhookId });
  await until(() => receiver.calls.length === 1);
  expect(receiver.calls.map((call) => signedUnder(call, [first.secret, secret]))).toEqual([2]);

  const { secret: third } = await webhooks.rotateSecret({ webhookId });
  expect(await webhooks.rotateSecret({ webhookId, requestId: rotation })).toEqual({ secret: '' });
  expect((await webhooks.createWebhook({ url: receiver.url, requestId })).secret).toBe('');
  await webhooks.testWebhook({ webhookId });
  await until(() => receiver.calls.length === 2);
  expect(receiver.calls.slice(1).map((call) => signedUnder(call, [third, secret]))).toEqual([2]);
  expect(receiver.calls.slice(1).map((call) => signedUnder(call, [first.secret]))).toEqual([0]);
});

test('a delivery that fails is tried again under its id; redirects are not followed', async () => {
  await using world = await startWorld();
  await using receiver = await startWebhookReceiver();
  const statuses = [500, 302, 429, 200];
  receiver.answer = () => statuses[receiver.calls.length - 1] ?? 200;
  const notifier = await world.startNotifier(allowed);
  const { webhooks } = await notifier.asCustomer();
  const { webhook } = await webhooks.createWebhook({ url: receiver.url });
  const { webhookId = '' } = webhook ?? {};
  await webhooks.testWebhook({ webhookId });
  await until(() => receiver.calls.length === 4);
  expect(new Set(receiver.calls.map(({ id }) => id)).size).toBe(1);
  await until(async () => {
    const [told] = (await webhooks.listDeliveries({ webhookId })).notifications;
    return told?.state === Notification_State.STATE_SENT && told.attemptCount === 4 && /429/.test(told.lastError);
  });
});

test('a webhook that keeps failing is switched off, and the account is told so by email', async () => {
  await using world = await startWorld();
  await using receiver = await startWebhookReceiver();
  receiver.answer = () => 500;
  const notifier = await world.startNotifier({
    ...allowed,
    WEBHOOK_MAX_FAILURES: '2',
    NOTIFIER_MAX_ATTEMPTS: '2',
    NOTIFIER_RETRY_BASE_MS: '5',
  });
  const { webhooks, notifications } = await notifier.asCustomer();
  await world.createAccount();
  const { webhook } = await webhooks.createWebhook({ url: receiver.url });
  const { webhookId = '' } = webhook ?? {};
  const state = async () => (await webhooks.listWebhooks({})).webhooks[0];
  await webhooks.testWebhook({ webhookId });
  await until(async () => (await state())?.failuresInARow === 1);
  expect(await state()).toMatchObject({ state: Webhook_State.STATE_ENABLED });
  await webhooks.testWebhook({ webhookId });
  await until(async () => (await state())?.state === Webhook_State.STATE_DISABLED);
  expect(await state()).toMatchObject({ disabledReason: '2 deliveries in a row have failed' });
  await until(() => world.relay.mails.length === 1);
  expect(world.relay.mails[0]?.text).toContain(`The webhook at ${new URL(receiver.url).host} is switched off`);

  await world.approve();
  await until(() => world.relay.mails.length === 2);
  const before = (await webhooks.listDeliveries({ webhookId })).notifications;
  expect(before).toHaveLength(2);
  receiver.answer = () => 200;
  expect((await webhooks.enableWebhook({ webhookId })).webhook).toMatchObject({
    state: Webhook_State.STATE_ENABLED,
    failuresInARow: 0,
  });
  const again = await notifications.resendNotification({ notificationId: before[0]?.notificationId ?? '' });
  expect(again.notification?.attemptCount).toBe(0);
  await until(
    async () =>
      (await webhooks.listDeliveries({ webhookId })).notifications[0]?.state === Notification_State.STATE_SENT,
  );
});

test('a webhook that says it is gone is switched off at once', async () => {
  await using world = await startWorld();
  await using receiver = await startWebhookReceiver();
  receiver.answer = () => 410;
  const notifier = await world.startNotifier(allowed);
  const { webhooks } = await notifier.asCustomer();
  await world.createAccount();
  const { webhook } = await webhooks.createWebhook({ url: receiver.url });
  await webhooks.testWebhook({ webhookId: webhook?.webhookId ?? '' });
  await until(async () => (await webhooks.listWebhooks({})).webhooks[0]?.disabledReason === 'webhook answered 410');
  await until(() => world.relay.mails.length === 1);
  expect(receiver.calls).toHaveLength(1);
});

test('a deleted webhook is told nothing more, and its secret is gone', async () => {
  await using world = await startWorld();
  await using receiver = await startWebhookReceiver();
  receiver.answer = () => 500;
  const notifier = await world.startNotifier({ ...allowed, NOTIFIER_RETRY_BASE_MS: '300' });
  const { webhooks, notifications } = await notifier.asCustomer();
  await world.createAccount();
  const { webhook } = await webhooks.createWebhook({ url: receiver.url });
  const { webhookId = '' } = webhook ?? {};
  const { notification } = await webhooks.testWebhook({ webhookId });
  await until(() => receiver.calls.length === 1);
  const requestId = randomUUID();
  await webhooks.deleteWebhook({ webhookId, requestId });
  await webhooks.deleteWebhook({ webhookId, requestId });
  await webhooks.deleteWebhook({ webhookId });
  const { notificationId = '' } = notification ?? {};
  await until(async () => {
    const { notification: now } = await notifications.getNotification({ notificationId });
    return now?.state === Notification_State.STATE_FAILED && now.lastError === 'the webhook was deleted';
  });
  await world.approve();
  await until(() => world.relay.mails.length === 1);
  expect(receiver.calls).toHaveLength(1);
  const bucket = await world.jsm.streams.getMessage('KV_webhook-secrets', {
    last_by_subj: `$KV.webhook-secrets.${webhookId}`,
  });
  expect(bucket?.string()).toBe('');
  expect((await webhooks.listWebhooks({})).webhooks).toEqual([]);
  await expect(webhooks.testWebhook({ webhookId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(webhooks.rotateSecret({ webhookId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

// The machine's own name resolves to an address of its own, where it resolves at all.
const ownAddress = await lookup(hostname()).then(
  ({ address }) => address,
  () => undefined,
);
const ownIsForbidden = ownAddress !== undefined && isForbiddenAddress(ownAddress, parseAddressRanges(''));

test.runIf(ownIsForbidden)('a name that resolves to an address that is not public is not connected to', async () => {
  await using world = await startWorld();
  await using receiver = await startWebhookReceiver();
  const notifier = await world.startNotifier();
  const { webhooks } = await notifier.asCustomer();
  const url = `https://${hostname()}:${new URL(receiver.url).port}/`;
  const { webhook } = await webhooks.createWebhook({ url });
  const { webhookId = '' } = webhook ?? {};
  await webhooks.testWebhook({ webhookId });
  await until(async () => {
    const [told] = (await webhooks.listDeliveries({ webhookId })).notifications;
    return (
      told?.lastError === 'webhook resolves to a forbidden address' && told.state === Notification_State.STATE_FAILED
    );
  });
});

test('over https the certificate is checked', async () => {
  await using world = await startWorld();
  const { cert, key } = selfSigned('127.0.0.1');
  const bodies: string[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    bodies.push(String(request.headers['longwire-id']));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await using _ = { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const first = await world.startNotifier(allowed);
  const { webhooks } = await first.asCustomer();
  const { webhook } = await webhooks.createWebhook({ url });
  const { webhookId = '' } = webhook ?? {};
  await webhooks.testWebhook({ webhookId });
  await until(async () => {
    const [told] = (await webhooks.listDeliveries({ webhookId })).notifications;
    return told?.lastError === 'webhook does not answer: DEPTH_ZERO_SELF_SIGNED_CERT';
  });
  expect(bodies).toEqual([]);
  await first.kill();

  const authority = join(tmpdir(), `longwire-${randomUUID()}.pem`);
  await using _file = { [Symbol.asyncDispose]: () => rm(authority) };
  await writeFile(authority, cert);
  await world.startNotifier({ ...allowed, NODE_EXTRA_CA_CERTS: authority });
  await until(() => bodies.length === 1);
});
