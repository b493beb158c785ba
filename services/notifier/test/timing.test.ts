import { randomUUID } from 'node:crypto';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import type { UnaryMethod } from '@longwire/contracts';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { WebhookServiceService } from '@longwire/contracts/notifier/v1/webhook_service';
import { ensureBucket } from '@longwire/eventlog';
import { expect, test, vi } from 'vitest';
import { startWebhookReceiver } from './webhook-receiver.ts';
import { startWorld, untilStates } from './world.ts';

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 30_000, interval: 20 });

/** The hour before now to the hour after, as quiet hours in UTC. */
function quietNow(): string {
  const clock = (time: number) => new Date(time).toISOString().slice(11, 16);
  return `${clock(Date.now() - 3_600_000)}-${clock(Date.now() + 3_600_000)}`;
}

test('in quiet hours an SMS waits, unless it is urgent; mail does not', async () => {
  await using world = await startWorld();
  const { client } = await world.startNotifier({ QUIET_HOURS: quietNow(), QUIET_TIME_ZONE: 'UTC' });
  await world.createAccount();
  await world.approve();
  await untilStates(client, 'STATE_SENT', 'STATE_QUEUED');
  await world.decide('acme', { type: 'EntitlementSuspended', reason: 'unpaid' });
  const codes = await ensureBucket(world.nc, 'verification-codes');
  const expireTime = new Date(Date.now() + 600_000).toISOString();
  await codes.put('v', JSON.stringify({ code: '042137', channel: 'sms', expireTime }));
  await world.decide('acme', { type: 'ContactVerificationRequested', verificationId: 'v', channel: 'sms' });
  await until(() => world.provider.requests.length === 2);
  const told = world.provider.requests.map(({ id }) => id.split('-').at(-2));
  expect(new Set(told)).toEqual(new Set(['suspended', 'verification']));
});

test('what exceeds the limit of a channel or a recipient waits, over a restart as well', async () => {
  await using world = await startWorld();
  const env = { NOTIFIER_SMS_PER_MINUTE: '2', NOTIFIER_RECIPIENT_PER_HOUR: '1' };
  const first = await world.startNotifier(env);
  for (const account of ['acme', 'initech', 'umbrella']) {
    await world.createAccount(account);
    await world.approve(account);
  }
  const taken = () => [world.relay.mails.length, world.provider.requests.length];
  await until(() => taken().join() === '3,2');
  await first.kill();
  const second = await world.startNotifier(env);
  await world.approve('acme');
  await until(async () => (await second.client.listNotifications({})).notifications.length === 8);
  await world.createAccount('hooli');
  await world.approve('hooli');
  await until(() => world.relay.mails.length === 4);
  expect(taken()).toEqual([4, 2]);
});

test('a mail relay that hangs holds up no SMS, and a webhook that hangs no other', async () => {
  await using world = await startWorld();
  await using hanging = await startWebhookReceiver();
  await using receiver = await startWebhookReceiver();
  const silence = new Promise<never>(() => {});
  world.relay.answer = () => silence;
  hanging.answer = () => silence;
  const { asCustomer } = await world.startNotifier({ WEBHOOK_ALLOW: '127.0.0.1' });
  const accounts = Array.from({ length: 12 }, (_, index) => `account-${index}`);
  await (await asCustomer('account-0')).webhooks.createWebhook({ url: hanging.url });
  await (await asCustomer('account-11')).webhooks.createWebhook({ url: receiver.url });
  for (const account of accounts) {
    await world.createAccount(account);
    await world.approve(account);
    await world.decide('account-0', { type: 'EntitlementReinstated' });
  }
  await until(() => world.provider.phone.size === 24 && receiver.calls.length === 1);
  expect(world.relay.mails.length).toBeLessThanOrEqual(8);
  expect(hanging.calls.length).toBeLessThanOrEqual(2);
});

test('a decision that is not told in time is an alarm, and stands in the figures', async () => {
  await using world = await startWorld();
  world.relay.answer = () => ({ responseCode: 451, message: 'later' });
  const { client, output, adminAddress } = await world.startNotifier({ TELLING_LIMIT_SECONDS: '1' });
  await world.createAccount();
  const applicationId = await world.approve();
  await until(() => output.some((line) => line.includes('a decision was not told in time')));
  const alarms = output.filter((line) => line.includes('a decision was not told in time'));
  expect(alarms).toHaveLength(1);
  expect(JSON.parse(alarms[0] ?? '')).toMatchObject({ level: 'error', decision: `acme-${applicationId}-approved` });
  const metrics = async () => (await fetch(`http://${adminAddress}/metrics`)).text();
  expect(await metrics()).toContain('longwire_notifier_decisions_untold 1');
  expect(await client.getTellingFigures({})).toMatchObject({ decisionCount: 1, toldCount: 0, notMetCount: 1 });

  world.relay.answer = () => undefined;
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  await until(async () => (await metrics()).includes('longwire_notifier_decisions_untold 0'));
  expect(await metrics()).toMatch(/longwire_notifier_telling_seconds_count\{channel="email"\} 1/);
  const figures = await client.getTellingFigures({});
  expect(figures).toMatchObject({ decisionCount: 1, toldCount: 1, notMetCount: 1, limit: { seconds: 1n, nanos: 0 } });
  expect(Number(figures.max?.seconds)).toBeGreaterThanOrEqual(1);
  expect(figures.p50).toEqual(figures.max);
  const past = { startTime: new Date(0), endTime: new Date(1) };
  expect(await client.getTellingFigures(past)).toMatchObject({ decisionCount: 0, notMetCount: 0 });
});

test('while NATS is away writes are UNAVAILABLE with a time to try again, reads answer, and nothing is lost', async () => {
  await using world = await startWorld();
  world.provider.answer = () => ({ status: 400, body: {} });
  const { client, grpcAddress } = await world.startNotifier();
  await world.createAccount();
  await world.approve();
  const [, sms] = await untilStates(client, 'STATE_SENT', 'STATE_FAILED');
  world.provider.answer = () => undefined;
  await world.nats.stop();
  expect((await client.listNotifications({})).notifications).toHaveLength(2);

  const request = { notificationId: sms?.notificationId ?? '', requestId: randomUUID() };
  const token = await world.issuer.token({ roles: ['reviewer'] });
  const { code, details } = await failureOf(
    NotificationServiceService.resendNotification,
    { grpcAddress, token },
    request,
  );
  expect(code).toBe(status.UNAVAILABLE);
  expect(details).toContain('EVENT_LOG_UNAVAILABLE');
  expect(details).toContain('google.rpc.RetryInfo');
  const customer = await world.issuer.token({ roles: ['customer'], account: 'acme' });
  const written = await failureOf(
    WebhookServiceService.createWebhook,
    { grpcAddress, token: customer },
    { url: 'https://hooks.acme.test/' },
  );
  expect(written.code).toBe(status.UNAVAILABLE);
  expect(written.details).toContain('google.rpc.RetryInfo');

  await world.nats.restart();
  await until(() =>
    client.resendNotification(request).then(
      () => true,
      () => false,
    ),
  );
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(world.provider.phone.size).toBe(1);
}, 90_000);

test('a page whose place in the list is gone is ABORTED with a time to try again', async () => {
  await using world = await startWorld();
  const { grpcAddress } = await world.startNotifier();
  const token = await world.issuer.token({ roles: ['reviewer'] });
  const pageToken = Buffer.from('["gone"]').toString('base64url');
  const { code, details } = await failureOf(
    NotificationServiceService.listNotifications,
    { grpcAddress, token },
    { pageToken },
  );
  expect(code).toBe(status.ABORTED);
  expect(details).toContain('google.rpc.RetryInfo');
});

/** A call that is to fail: its code, and the details of its status as they came over the wire. */
function failureOf<Request extends object, Response>(
  { path, requestSerialize, requestDeserialize, responseDeserialize }: UnaryMethod<Request, Response>,
  { grpcAddress, token }: { grpcAddress: string; token: string },
  request: Partial<Request>,
): Promise<{ code: number; details: string }> {
  const client = new Client(grpcAddress, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  const message = Object.assign(requestDeserialize(Buffer.alloc(0)), request);
  const options = { deadline: Date.now() + 40_000 };
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, message, metadata, options, (error) => {
      client.close();
      if (!error) return reject(new Error('it did not fail'));
      resolve({ code: error.code, details: String(error.metadata.get('grpc-status-details-bin')[0]) });
    });
  });
}
