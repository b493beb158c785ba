import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { ensureBucket } from '@longwire/eventlog';
import { expect, test } from 'vitest';
import { ada, startWorld, untilStates } from './world.ts';
import type { World } from './world.ts';

const code = '042137';

/** As activation does: the code into its bucket, then the request into the log. */
async function requestVerification(world: World, channel: 'sms' | 'email', leftMs = 600_000, codeChannel = channel) {
  const verificationId = randomUUID();
  const codes = await ensureBucket(world.nc, 'verification-codes');
  const expireTime = new Date(Date.now() + leftMs).toISOString();
  await codes.put(verificationId, JSON.stringify({ code, channel: codeChannel, expireTime }));
  await world.decide('acme', { type: 'ContactVerificationRequested', verificationId, channel });
  return verificationId;
}

test('a verification code goes out on the channel that is verified alone, and is kept nowhere', async () => {
  await using world = await startWorld([code]);
  const { client } = await world.startNotifier();
  await world.createAccount();
  const verificationId = await requestVerification(world, 'sms');
  const [sms] = await untilStates(client, 'STATE_SENT');
  expect(sms).toMatchObject({
    notificationId: `acme-${verificationId}-verification-sms`,
    template: 'verification-code',
  });
  expect(world.provider.requests[0]).toMatchObject({ to: ada.phoneNumber, text: expect.stringContaining(code) });
  expect(world.relay.mails).toEqual([]);

  await requestVerification(world, 'email');
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(world.relay.mails[0]).toMatchObject({ to: { text: ada.email }, text: expect.stringContaining(code) });
  expect(JSON.stringify(await client.listNotifications({}))).not.toContain(code);
});

test.for([
  { what: 'has expired', leftMs: -1, codeChannel: 'sms', lastError: 'the code has expired' },
  {
    what: 'is for another channel',
    leftMs: 60_000,
    codeChannel: 'email',
    lastError: 'the code is for another channel',
  },
] as const)('a code that $what fails for good', async ({ leftMs, codeChannel, lastError }) => {
  await using world = await startWorld([code]);
  const { client } = await world.startNotifier();
  await world.createAccount();
  await requestVerification(world, 'sms', leftMs, codeChannel);
  const [sms] = await untilStates(client, 'STATE_FAILED');
  expect(sms).toMatchObject({ attemptCount: 1, lastError });
  expect(world.provider.requests).toEqual([]);
});

test('a code that is gone fails for good', async () => {
  await using world = await startWorld([code]);
  const { client } = await world.startNotifier();
  await world.createAccount();
  await ensureBucket(world.nc, 'verification-codes');
  await world.decide('acme', { type: 'ContactVerificationRequested', verificationId: 'gone', channel: 'sms' });
  const [sms] = await untilStates(client, 'STATE_FAILED');
  expect(sms).toMatchObject({ attemptCount: 1, lastError: 'the code is gone' });
});

test('a provider that refuses a code and quotes it does not bring it into the log', async () => {
  await using world = await startWorld([code]);
  world.provider.answer = (sms) => ({ status: 400, body: { error: sms.text } });
  const { client } = await world.startNotifier();
  await world.createAccount();
  await requestVerification(world, 'sms');
  const [sms] = await untilStates(client, 'STATE_FAILED');
  expect(sms?.lastError).toBe('SMS provider answered 400');
});

test('the review desk is reminded, each of its people once, and the customer does not see it', async () => {
  await using world = await startWorld(['desk.one', '13900139000']);
  const { client, grpcAddress } = await world.startNotifier({
    REVIEW_DESK_EMAILS: 'desk.one@longwire.example, desk.two@longwire.example',
    REVIEW_DESK_PHONES: '+8613900139000',
    REVIEW_DESK_LANGUAGE: 'zh-CN',
  });
  await world.createAccount();
  const reminded = { type: 'ApplicationReminded', applicationId: randomUUID(), kind: 'overdue' };
  await world.decide('acme', { ...reminded, dueTime: '2026-11-25T02:30:00Z' });
  const [one] = await untilStates(client, 'STATE_SENT', 'STATE_SENT', 'STATE_SENT');
  expect(one?.recipient).toMatch(/^desk-[01]$/);
  expect(new Set(world.relay.mails.map(({ to }) => [to].flat()[0]?.text))).toEqual(
    new Set(['desk.one@longwire.example', 'desk.two@longwire.example']),
  );
  expect(world.relay.mails).toHaveLength(2);
  expect(world.provider.requests[0]).toMatchObject({
    to: '+8613900139000',
    text: 'Acme 的开通申请已超过答复时限 11月25日 10:30。',
  });

  const token = await world.issuer.token({ roles: ['customer'], account: 'acme' });
  using customer = createClient(NotificationServiceService, grpcAddress, { token: () => token });
  expect((await customer.listNotifications({})).notifications).toEqual([]);
  await expect(customer.getNotification({ notificationId: one?.notificationId ?? '' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('suspension and reinstatement are told in the language of the account', async () => {
  await using world = await startWorld();
  const { client } = await world.startNotifier();
  await world.createAccount('acme', 'Acme', { language: 'zh-CN' });
  await world.decide('acme', { type: 'EntitlementSuspended', reason: '欠费' });
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(world.relay.mails[0]?.html).toContain('<html lang="zh-CN">');
  expect(world.provider.requests[0]?.text).toBe('Acme 的 WebSocket 已暂停：欠费');
  await world.decide('acme', { type: 'EntitlementReinstated' });
  await untilStates(client, 'STATE_SENT', 'STATE_SENT', 'STATE_SENT', 'STATE_SENT');
  expect(world.provider.requests[1]?.text).toBe('Acme 的 WebSocket 已恢复。');
});
