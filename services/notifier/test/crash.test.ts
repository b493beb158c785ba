import { ensureBucket } from '@longwire/eventlog';
import { expect, test, vi } from 'vitest';
import { aliyunKey, startAliyun } from './aliyun.ts';
import { startTwilio, twilioAccount } from './twilio.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';
import { startWorld, untilStates } from './world.ts';
import type { World } from './world.ts';

// In a file of their own: each waits until the server gives up on the dead worker, 10 s.

const silence = new Promise<undefined>(() => {});

/** Resolves as soon as an event of this type is on its way into the log. */
async function untilWritten(world: World, type: string): Promise<void> {
  const written = world.nc.subscribe('notify.>');
  for await (const message of written) if (message.string().includes(`"${type}"`)) break;
}

test.concurrent(
  'a crash between sending and recording repeats a mail under its Message-ID, and an SMS under its id',
  async () => {
    await using world = await startWorld();
    const { relay, provider } = world;
    relay.answer = () => silence;
    provider.answer = (sms) => {
      provider.phone.set(sms.id, sms);
      return silence;
    };
    const first = await world.startNotifier();
    await world.createAccount();
    await world.approve();
    await vi.waitUntil(() => relay.mails.length === 1 && provider.requests.length === 1, { timeout: 45_000 });
    await first.kill();
    relay.answer = () => undefined;
    provider.answer = () => undefined;

    const second = await world.startNotifier();
    await untilStates(second.client, 'STATE_SENDING', 'STATE_SENDING');
    await untilStates(second.client, 'STATE_SENT', 'STATE_SENT');
    expect(relay.mails).toHaveLength(2);
    expect(relay.mails[1]?.messageId).toBe(relay.mails[0]?.messageId);
    expect(provider.requests).toHaveLength(2);
    expect(provider.phone.size).toBe(1);
  },
  90_000,
);

test.concurrent.for(['NotificationQueued', 'NotificationAttemptStarted', 'NotificationSent'])(
  'killed as %s is written, it tells each recipient on each channel one message',
  { timeout: 90_000 },
  async (type) => {
    await using world = await startWorld();
    const first = await world.startNotifier();
    await world.createAccount();
    const written = untilWritten(world, type);
    await world.approve();
    await written;
    await first.kill();

    const second = await world.startNotifier();
    await untilStates(second.client, 'STATE_SENT', 'STATE_SENT');
    // A relay cannot be asked: a mail may come twice, as the same one. A phone shows an id once.
    expect(new Set(world.relay.mails.map(({ messageId }) => messageId)).size).toBe(1);
    expect(world.provider.phone.size).toBe(1);
  },
);

test.concurrent(
  'killed before the provider has taken it, it sends it afterwards, once',
  { timeout: 90_000 },
  async () => {
    await using world = await startWorld();
    await using twilio = await startTwilio();
    const env = twilioEnv(twilio.url);
    // What is refused is not there: the request had arrived, and nothing was taken.
    let asked = 0;
    twilio.answer = async () => {
      asked++;
      twilio.messages.pop();
      return silence;
    };
    const first = await world.startNotifier(env);
    await world.createAccount();
    await world.approve();
    await vi.waitUntil(() => asked === 1, { timeout: 45_000 });
    await first.kill();
    twilio.answer = () => undefined;

    const second = await world.startNotifier(env);
    await untilStates(second.client, 'STATE_SENT', 'STATE_SENT');
    expect(twilio.messages).toHaveLength(1);
  },
);

test.concurrent('Twilio is asked after a crash, and not given the message twice', { timeout: 90_000 }, async () => {
  await using world = await startWorld();
  await using twilio = await startTwilio();
  const env = twilioEnv(twilio.url);
  twilio.answer = () => silence;
  const first = await world.startNotifier(env);
  await world.createAccount();
  await world.approve();
  await vi.waitUntil(() => twilio.messages.length === 1, { timeout: 45_000 });
  await first.kill();
  twilio.answer = () => undefined;

  const second = await world.startNotifier(env);
  const [, sms] = await untilStates(second.client, 'STATE_SENT', 'STATE_SENT');
  expect(twilio.messages).toHaveLength(1);
  expect(sms?.providerMessageId).toBe(twilio.messages[0]?.sid);
});

test.concurrent('a code is found again although fewer minutes are left by then', { timeout: 90_000 }, async () => {
  await using world = await startWorld(['042137']);
  await using twilio = await startTwilio();
  const env = twilioEnv(twilio.url);
  twilio.answer = () => silence;
  const first = await world.startNotifier(env);
  await world.createAccount();
  const codes = await ensureBucket(world.nc, 'verification-codes');
  const expireTime = new Date(Date.now() + 125_000).toISOString();
  await codes.put('v', JSON.stringify({ code: '042137', channel: 'sms', expireTime }));
  await world.decide('acme', { type: 'ContactVerificationRequested', verificationId: 'v', channel: 'sms' });
  await vi.waitUntil(() => twilio.messages.length === 1, { timeout: 45_000 });
  await first.kill();
  twilio.answer = () => undefined;

  const second = await world.startNotifier(env);
  await untilStates(second.client, 'STATE_SENT');
  expect(twilio.messages).toHaveLength(1);
});

test.concurrent('Aliyun is asked after a crash, and not given the message twice', { timeout: 90_000 }, async () => {
  await using world = await startWorld();
  await using aliyun = await startAliyun();
  const env = {
    SMS_PROVIDER: 'aliyun',
    SMS_URL: aliyun.url,
    ALIYUN_ACCESS_KEY_ID: aliyunKey.accessKeyId,
    ALIYUN_ACCESS_KEY_SECRET: aliyunKey.accessKeySecret,
    ALIYUN_SIGN_NAME: '长线',
    ALIYUN_TEMPLATES: 'application-approved=SMS_1',
  };
  aliyun.answer = () => new Promise<string>(() => {});
  const first = await world.startNotifier(env);
  await world.createAccount();
  await world.approve();
  await vi.waitUntil(() => aliyun.taken.length === 1, { timeout: 45_000 });
  await first.kill();
  aliyun.answer = () => 'OK';

  const second = await world.startNotifier(env);
  await untilStates(second.client, 'STATE_SENT', 'STATE_SENT');
  expect(aliyun.taken).toHaveLength(1);
});

test.concurrent(
  'a webhook that was told as the process died is told again under the same id',
  { timeout: 90_000 },
  async () => {
    await using world = await startWorld();
    await using receiver = await startWebhookReceiver();
    receiver.answer = () => new Promise(() => {});
    const env = { WEBHOOK_ALLOW: '127.0.0.1' };
    const first = await world.startNotifier(env);
    const { webhooks } = await first.asCustomer();
    await webhooks.createWebhook({ url: receiver.url });
    await world.createAccount();
    await world.approve();
    await vi.waitUntil(() => receiver.calls.length === 1, { timeout: 45_000 });
    await first.kill();
    receiver.answer = () => 204;

    const second = await world.startNotifier(env);
    await untilStates(second.client, 'STATE_SENT', 'STATE_SENT', 'STATE_SENT');
    expect(receiver.calls.map(({ id }) => id)).toEqual([receiver.calls[0]?.id, receiver.calls[0]?.id]);
  },
);

test.concurrent(
  'a webhook that is switched off as the process dies is told so all the same',
  { timeout: 90_000 },
  async () => {
    await using world = await startWorld();
    await using receiver = await startWebhookReceiver();
    receiver.answer = () => 410;
    const env = { WEBHOOK_ALLOW: '127.0.0.1' };
    const first = await world.startNotifier(env);
    const { webhooks } = await first.asCustomer();
    const { webhook } = await webhooks.createWebhook({ url: receiver.url });
    await world.createAccount();
    const written = untilWritten(world, 'WebhookDisabled');
    await webhooks.testWebhook({ webhookId: webhook?.webhookId ?? '' });
    await written;
    await first.kill();

    await world.startNotifier(env);
    await vi.waitUntil(() => world.relay.mails.length > 0, { timeout: 45_000 });
    expect(new Set(world.relay.mails.map(({ messageId }) => messageId)).size).toBe(1);
  },
);

function twilioEnv(url: string): Record<string, string> {
  return {
    SMS_PROVIDER: 'twilio',
    SMS_URL: url,
    TWILIO_ACCOUNT_SID: twilioAccount.accountSid,
    TWILIO_AUTH_TOKEN: twilioAccount.authToken,
    TWILIO_FROM: '+14155550999',
  };
}
