import { expect, test } from 'vitest';
import { startTwilio, twilioAccount } from '../test/twilio.ts';
import { twilio, twilioSignature } from './sms-twilio.ts';
import type { Sms } from './sms.ts';

const sms: Sms = {
  id: 'acme-1-approved-sms',
  to: '+14155550100',
  text: 'WebSocket works again for Acme & Co.',
  telling: { template: 'entitlement-reinstated', parameters: { companyName: 'Acme & Co.' } },
  language: 'en',
};
const options = (url: string, from = '+14155550999') => ({
  ...twilioAccount,
  url,
  from,
  receiptUrl: (id: string) => `https://longwire.example/receipts/${id}`,
});

test('a message is created with the address of its receipts', async () => {
  await using server = await startTwilio();
  expect(await twilio(options(server.url)).send(sms)).toBe(`SM${'0'.repeat(32)}`);
  expect(server.messages[0]).toMatchObject({
    to: sms.to,
    from: '+14155550999',
    body: sms.text,
    callback: 'https://longwire.example/receipts/acme-1-approved-sms',
  });
  await twilio(options(server.url, 'MG123')).send(sms);
  expect(server.messages[1]).toMatchObject({ from: 'MG123' });
});

test.for([
  { status: 400, code: 21211, permanent: true },
  { status: 401, code: 20003, permanent: false },
  { status: 429, code: 20429, permanent: false },
  { status: 503, code: 20503, permanent: false },
])('the answer $status $code is permanent: $permanent, and its text is not taken', async ({ permanent, ...answer }) => {
  await using server = await startTwilio();
  server.answer = () => answer;
  await expect(twilio(options(server.url)).send(sms)).rejects.toMatchObject({
    message: `SMS provider answered ${answer.status} ${answer.code}`,
    permanent,
  });
});

test('what was accepted since the attempt began is found, an older one or another text is not', async () => {
  await using server = await startTwilio();
  const provider = twilio(options(server.url));
  const since = new Date();
  expect(await provider.findAccepted?.(sms, since)).toBeUndefined();
  const sid = await provider.send(sms);
  expect(await provider.findAccepted?.(sms, since)).toBe(sid);
  expect(await provider.findAccepted?.(sms, new Date(since.getTime() + 10_000))).toBeUndefined();
  expect(await provider.findAccepted?.({ ...sms, text: 'another' }, since)).toBeUndefined();
});

test('a question that is not answered fails nothing for good, and is asked again', async () => {
  await using server = await startTwilio();
  const asking = twilio({ ...options(server.url), accountSid: `AC${'1'.repeat(32)}` }).findAccepted?.(sms, new Date());
  await expect(asking).rejects.toMatchObject({ permanent: false, isUnknown: true });
});

test('a message whose answer is lost may have been accepted; one that is refused was not', async () => {
  await using server = await startTwilio();
  server.answer = () => ({ status: 429, code: 20429 });
  await expect(twilio(options(server.url)).send(sms)).rejects.toMatchObject({ isUnknown: false });
  server.losesAnswers = true;
  await expect(twilio(options(server.url)).send(sms)).rejects.toMatchObject({ permanent: false, isUnknown: true });
});

// The known answer of Twilio's own client library.
test('the signature of a callback is as documented', () => {
  const parameters = new URLSearchParams({
    To: '+18005551212',
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
  });
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  expect(twilioSignature('12345', url, parameters)).toBe('RSOYDt4T1cUTdK1PDd93/VVr8B8=');
});
