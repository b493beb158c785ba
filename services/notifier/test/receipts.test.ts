import { createHmac } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { aliyunKey, startAliyun } from './aliyun.ts';
import { startTwilio, twilioAccount } from './twilio.ts';
import { smsSecret, startWorld, untilStates } from './world.ts';

const receipts = { RECEIPTS_LISTEN: '127.0.0.1:0' };

const post = async (url: string, body: string | URLSearchParams, headers: Record<string, string> = {}) =>
  (await fetch(url, { method: 'POST', body, headers })).status;

function signed(body: string, secret = smsSecret, ageSeconds = 0): Record<string, string> {
  const time = Math.floor(Date.now() / 1000) - ageSeconds;
  const digest = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return { 'longwire-signature': `t=${time},v1=${digest}` };
}

test('a signed receipt says that an SMS has arrived, once', async () => {
  await using world = await startWorld();
  const { client, receiptsAddress, adminAddress } = await world.startNotifier(receipts);
  await world.createAccount();
  await world.approve();
  const [, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const url = `http://${receiptsAddress}/`;
  const body = JSON.stringify({ id: sms?.notificationId, state: 'delivered', messageId: sms?.providerMessageId });
  expect(await post(url, body, signed(body))).toBe(200);
  expect(await post(url, body, signed(body))).toBe(200);
  const [, delivered] = await untilStates(client, 'STATE_SENT', 'STATE_DELIVERED');
  expect(delivered?.deliveredTime).toBeInstanceOf(Date);
  const metrics = await (await fetch(`http://${adminAddress}/metrics`)).text();
  expect(metrics).toContain('longwire_notifier_receipts_total{channel="sms",outcome="delivered"} 1');
});

test('a signed receipt of a message that did not arrive fails it, and it can be resent', async () => {
  await using world = await startWorld();
  const { client, receiptsAddress } = await world.startNotifier(receipts);
  await world.createAccount();
  await world.approve();
  const [, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const body = JSON.stringify({ id: sms?.notificationId, state: 'undelivered', code: '30005' });
  expect(await post(`http://${receiptsAddress}/`, body, signed(body))).toBe(200);
  const [, lost] = await untilStates(client, 'STATE_SENT', 'STATE_FAILED');
  expect(lost?.lastError).toBe('not delivered: 30005');
  await client.resendNotification({ notificationId: sms?.notificationId ?? '' });
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
});

test('a receipt of an SMS whose acceptance was not heard of settles it, and it is not sent again', async () => {
  await using world = await startWorld();
  const { provider } = world;
  provider.answer = (sms) => {
    provider.phone.set(sms.id, sms);
    return { status: 500, body: {} };
  };
  const { client, receiptsAddress, output } = await world.startNotifier({
    ...receipts,
    NOTIFIER_RETRY_BASE_MS: '600000',
  });
  await world.createAccount();
  await world.approve();
  await vi.waitUntil(() => output.some((line) => line.includes('attempt failed')), { timeout: 30_000 });
  const body = JSON.stringify({ id: provider.requests[0]?.id, state: 'delivered' });
  expect(await post(`http://${receiptsAddress}/`, body, signed(body))).toBe(200);
  const [, sms] = await untilStates(client, 'STATE_SENT', 'STATE_DELIVERED');
  expect(sms).toMatchObject({ attemptCount: 1, sentTime: expect.any(Date) });
  expect(provider.requests).toHaveLength(1);
});

test('what is not signed by the provider, is old, or cannot be read is refused and changes nothing', async () => {
  await using world = await startWorld();
  const { client, receiptsAddress } = await world.startNotifier(receipts);
  await world.createAccount();
  await world.approve();
  const [, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const url = `http://${receiptsAddress}/`;
  const body = JSON.stringify({ id: sms?.notificationId, state: 'delivered' });
  expect(await post(url, body)).toBe(403);
  expect(await post(url, body, signed(body, 'another secret of ours'))).toBe(403);
  expect(await post(url, body, signed(body, smsSecret, 301))).toBe(403);
  expect(await post(url, `${body} `, signed(body))).toBe(403);
  expect(await post(url, 'no JSON', signed('no JSON'))).toBe(403);
  const long = ' '.repeat(300_000);
  expect(await post(url, long, signed(long))).toBe(413);
  expect((await fetch(url)).status).toBe(405);
  const unknown = JSON.stringify({ id: 'unknown', state: 'delivered' });
  expect(await post(url, unknown, signed(unknown))).toBe(200);
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
});

test("Twilio's callback is believed by its signature, under the address that Twilio was told", async () => {
  await using world = await startWorld();
  await using twilio = await startTwilio();
  const { client, receiptsAddress } = await world.startNotifier({
    ...receipts,
    RECEIPTS_URL: 'https://longwire.example/receipts',
    SMS_PROVIDER: 'twilio',
    SMS_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilioAccount.accountSid,
    TWILIO_AUTH_TOKEN: twilioAccount.authToken,
    TWILIO_FROM: '+14155550999',
  });
  await world.createAccount();
  await world.approve();
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const [message] = twilio.messages;
  const callback = new URL(message?.callback ?? '');
  expect(callback.origin).toBe('https://longwire.example');
  // As a proxy before it passes it on.
  const url = `http://${receiptsAddress}${callback.pathname}`;
  const form = (status: string) => new URLSearchParams({ MessageSid: message?.sid ?? '', MessageStatus: status });
  const signature = (parameters: URLSearchParams) => {
    const sorted = [...parameters].toSorted(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join(''));
    const hmac = createHmac('sha1', twilioAccount.authToken).update([callback.href, ...sorted].join(''));
    return { 'x-twilio-signature': hmac.digest('base64') };
  };
  expect(await post(url, form('delivered'), signature(form('sent')))).toBe(403);
  expect(await post(`http://${receiptsAddress}//[`, form('delivered'), signature(form('delivered')))).toBe(403);
  expect(await post(url, form('sent'), signature(form('sent')))).toBe(200);
  await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  expect(await post(url, form('delivered'), signature(form('delivered')))).toBe(200);
  await untilStates(client, 'STATE_SENT', 'STATE_DELIVERED');
});

test("Aliyun's pushed reports are believed by the secret in their path", async () => {
  await using world = await startWorld();
  await using aliyun = await startAliyun();
  const { client, receiptsAddress } = await world.startNotifier({
    ...receipts,
    SMS_PROVIDER: 'aliyun',
    SMS_URL: aliyun.url,
    ALIYUN_ACCESS_KEY_ID: aliyunKey.accessKeyId,
    ALIYUN_ACCESS_KEY_SECRET: aliyunKey.accessKeySecret,
    ALIYUN_SIGN_NAME: '长线',
    ALIYUN_TEMPLATES: 'application-approved.en=SMS_1',
    ALIYUN_RECEIPTS_SECRET: 'a secret of the path',
  });
  await world.createAccount();
  await world.approve();
  const [, sms] = await untilStates(client, 'STATE_SENT', 'STATE_SENT');
  const report = { phone_number: '13800138000', success: false, err_code: 'MK:0001', biz_id: sms?.providerMessageId };
  const body = JSON.stringify([{ ...report, out_id: sms?.notificationId }]);
  expect(await post(`http://${receiptsAddress}/aliyun/wrong`, body)).toBe(403);
  expect(await post(`http://${receiptsAddress}/aliyun/%zz`, body)).toBe(403);
  expect(await post(`http://${receiptsAddress}/aliyun/${encodeURI('a secret of the path')}`, body)).toBe(200);
  const [, lost] = await untilStates(client, 'STATE_SENT', 'STATE_FAILED');
  expect(lost?.lastError).toBe('not delivered: MK:0001');
});
