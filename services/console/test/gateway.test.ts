import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { AccountService } from '@longwire/contracts/connect/activation/v1/account_service';
import { DomainService } from '@longwire/contracts/connect/config/v1/domain_service';
import { BadRequestSchema, ErrorInfoSchema } from '@longwire/contracts/connect/google/rpc/error_details';
import { startIssuer, startNats } from '@longwire/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from '../src/service.ts';
import { consoleConfig, log, startAccounts } from './suite.ts';

const stack = new AsyncDisposableStack();
let url: string;
let adminUrl: string;
let token: string;

beforeAll(async () => {
  const nats = stack.use(await startNats());
  const issuer = stack.use(await startIssuer());
  const accounts = stack.use(await startAccounts(issuer));
  const config = consoleConfig({ NATS_URL: nats.url, ACTIVATION_URL: `http://${accounts.address}` });
  const console = stack.use(await start(config, log));
  url = `http://${console.address}`;
  adminUrl = `http://${console.adminAddress}`;
  token = await issuer.token({ sub: 'user-1', roles: ['customer'], account: 'acme' });
});
afterAll(() => stack.disposeAsync());

const getAccountPath = '/api/longwire.activation.v1.AccountService/GetAccount';

function clientOf(service: typeof AccountService) {
  const transport = createConnectTransport({
    baseUrl: `${url}/api`,
    interceptors: [
      (next) => (request) => {
        request.header.set('authorization', `Bearer ${token}`);
        return next(request);
      },
    ],
  });
  return createClient(service, transport);
}

describe('a program', () => {
  test('calls a service as plain HTTP with JSON and its own token', async () => {
    const answer = await fetch(`${url}${getAccountPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{"accountId":"acme"}',
    });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ account: { accountId: 'acme', companyName: 'user-1 of acme' } });
  });

  test.each(['{"accountID":"acme"}', '{"account":"acme"}'])(
    'is told of a field that the contract does not have: %s',
    async (body) => {
      const answer = await fetch(`${url}${getAccountPath}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body,
      });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ code: 'invalid_argument' });
    },
  );

  test('is told of an enum value that the contract does not have', async () => {
    const answer = await fetch(`${url}/api/${DomainService.typeName}/UpdateWebSocketSettings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{"domainName":"a.test","backToOriginProtocol":"BACK_TO_ORIGIN_PROTOCOL_HTTPZ"}',
    });
    expect(answer.status).toBe(400);
  });

  test('gets 401 from the service for a token that nobody signed', async () => {
    const answer = await fetch(`${url}${getAccountPath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}x` },
      body: '{}',
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'unauthenticated', message: 'the token is not valid here' });
  });

  test('sees the details of an error as the service gave them', async () => {
    const error = ConnectError.from(
      await clientOf(AccountService)
        .createAccount({})
        .catch((error: unknown) => error),
    );
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.rawMessage).toBe('two fields are wrong');
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason: 'INVALID_FIELDS', metadata: { hint: 'value' } },
    ]);
    expect(error.findDetails(BadRequestSchema)).toMatchObject([
      { fieldViolations: [{ field: 'contacts.email', description: 'must be an address' }] },
    ]);
    expect(error.details).toHaveLength(3);
  });

  test('waits no longer than it said, though the service never answers', async () => {
    const began = Date.now();
    const call = clientOf(AccountService).updateContacts({}, { timeoutMs: 300 });
    expect(ConnectError.from(await call.catch((error: unknown) => error)).code).toBe(Code.DeadlineExceeded);
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  test('cannot ask for a deadline beyond the bound', async () => {
    const call = clientOf(AccountService).getAccount({}, { timeoutMs: 3_600_000 });
    expect(ConnectError.from(await call.catch((error: unknown) => error)).code).toBe(Code.InvalidArgument);
  });

  test('is told which service does not answer, and no address of ours', async () => {
    const answer = await fetch(`${url}/api/${DomainService.typeName}/ListDomains`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{}',
    });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      code: 'unavailable',
      message: 'the config service does not answer; try again',
    });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/grpc'])(
    'is refused with a body of type %s',
    async (type) => {
      const answer = await fetch(`${url}${getAccountPath}`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${token}` },
        body: '{}',
      });
      expect(answer.status).toBe(415);
    },
  );
});

test('without a token and without a session there is no call', async () => {
  const answer = await fetch(`${url}${getAccountPath}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(answer.status).toBe(401);
  expect(await answer.json()).toEqual({ code: 'unauthenticated', message: 'sign in, or send a bearer token' });
});

test('every answer forbids inline scripts, framing and guessing of types', async () => {
  for (const path of ['/', '/session', getAccountPath, '/nothing-here', '/%', '/domains/100%?a=b', '/%ff']) {
    const { headers } = await fetch(url + path, { redirect: 'manual' });
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
  }
});

test('the operator sees that the console is ready, and how its calls end', async () => {
  expect((await fetch(`${adminUrl}/readyz`)).status).toBe(200);
  const figures = await (await fetch(`${adminUrl}/metrics`)).text();
  expect(figures).toMatch(/longwire_console_call_seconds_count\{service="activation",code="ok"\} [1-9]/);
  expect(figures).toMatch(/longwire_console_call_seconds_count\{service="config",code="unavailable"\} [1-9]/);
});
