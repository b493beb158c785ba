import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { startSmsProvider } from '../test/sms-provider.ts';
import { signedHttp } from './sms-http.ts';
import type { Sms } from './sms.ts';

const secret = 'a secret of the sms provider';
const message = { id: 'n1', to: '+8613800138000', text: 'Hello' };
const sms: Sms = {
  ...message,
  telling: { template: 'entitlement-reinstated', parameters: { companyName: 'Acme' } },
  language: 'en',
};

test('a signed message is taken, and again under the same id', async () => {
  await using provider = await startSmsProvider(secret);
  expect(await signedHttp({ url: provider.url, secret }).send(sms)).toBe('provider-n1');
  expect(await signedHttp({ url: provider.url, secret }).send(sms)).toBe('provider-n1');
  expect([...provider.phone.values()]).toEqual([message]);
});

test('a refused signature is tried again: it is about our key, not about the message', async () => {
  await using provider = await startSmsProvider(secret);
  await expect(signedHttp({ url: provider.url, secret: 'another secret of ours' }).send(sms)).rejects.toMatchObject({
    message: 'SMS provider answered 401',
    permanent: false,
  });
});

test.for([
  { status: 400, permanent: true },
  { status: 404, permanent: true },
  { status: 408, permanent: false },
  { status: 422, permanent: true },
  { status: 429, permanent: false },
  { status: 500, permanent: false },
  { status: 503, permanent: false },
])('an answer of $status is permanent: $permanent', async ({ status, permanent }) => {
  await using provider = await startSmsProvider(secret);
  provider.answer = () => ({ status, body: { error: `${sms.to} cannot be reached` } });
  await expect(signedHttp({ url: provider.url, secret }).send(sms)).rejects.toMatchObject({
    message: `SMS provider answered ${status}`,
    permanent,
  });
});

test('a redirect is not followed: it would carry the number elsewhere', async () => {
  const server = createServer((_, response) => response.writeHead(307, { location: '/other' }).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await expect(signedHttp({ url, secret }).send(sms)).rejects.toMatchObject({ message: 'SMS provider answered 307' });
  server.close();
});

test('an accepted message is accepted, whatever else the answer says', async () => {
  await using provider = await startSmsProvider(secret);
  provider.answer = () => ({ status: 202, body: { messageId: `for ${sms.to}` } });
  expect(await signedHttp({ url: provider.url, secret }).send(sms)).toBe('');
});
