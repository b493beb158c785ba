import { credentials, makeGenericClientConstructor, Metadata } from '@grpc/grpc-js';
import { callerOf } from '@longwire/auth';
import type { Caller } from '@longwire/auth';
import { AccountServiceService, GetAccountResponse } from '@longwire/contracts/activation/v1/account_service';
import { createClient, DomainError } from '@longwire/contracts';
import { startIssuer } from '@longwire/testing';
import type { TestIssuer } from '@longwire/testing';
import { service as healthService } from 'grpc-health-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bind, serveGrpc } from '../src/grpc.ts';
import type { GrpcServer } from '../src/grpc.ts';
import { createLogger } from '../src/logger.ts';

const path = (rpc: string) => `/longwire.activation.v1.AccountService/${rpc}`;
const log = createLogger('test', 'fatal');
let issuer: TestIssuer;
let server: GrpcServer;
let seen: Caller | undefined;

beforeAll(async () => {
  issuer = await startIssuer();
  server = await serveGrpc({
    config: { GRPC_LISTEN: { host: '127.0.0.1', port: 0 }, AUTH_AUDIENCE: 'longwire', ...issuer.env },
    services: [
      bind(AccountServiceService, {
        async getAccount({ accountId }, { metadata }) {
          seen = callerOf(metadata);
          if (accountId === 'late') await new Promise((resolve) => setTimeout(resolve, 5_000).unref());
          if (accountId === 'broken') throw new Error('SELECT secret FROM somewhere');
          if (accountId === 'refused')
            throw new DomainError('FAILED_PRECONDITION', 'NOT_YET', 'wait', {
              fieldViolations: [{ field: 'account_id', description: 'is refused' }],
              preconditions: [{ type: 'PATIENCE', subject: 'you', description: 'wait' }],
              metadata: { waited: '1' },
            });
          return GetAccountResponse.create();
        },
        createAccount: unreachable,
        listAccounts: unreachable,
        updateContacts: unreachable,
        verifyEnterprise: unreachable,
        revokeEnterpriseVerification: unreachable,
        setRegistration: unreachable,
        setLanguage: unreachable,
        requestContactVerification: unreachable,
        confirmContactVerification: unreachable,
        eraseContacts: unreachable,
      }),
    ],
    policy: { [path('GetAccount')]: ['customer'], [path('VerifyEnterprise')]: ['reviewer'] },
    log,
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

function unreachable(): Promise<never> {
  throw new Error('the call should have been denied');
}

const client = (token?: string) =>
  createClient(AccountServiceService, server.address, token ? { token: () => token } : {});

test('a verified caller reaches the handler with its subject, roles and account', async () => {
  const token = await issuer.token({ sub: 'user-ada', roles: ['customer', 'emperor'], account: 'acme' });
  await client(token).getAccount({ accountId: 'acme' });
  expect(seen).toMatchObject({ subject: 'user-ada', roles: ['customer'], account: 'acme' });
  expect(seen?.expireTime.getTime()).toBeGreaterThan(Date.now());
});

test.each([
  ['no token', () => undefined],
  ['a token for somebody else', () => issuer.token({ roles: ['customer'], aud: 'other' })],
  ['an expired token', () => issuer.token({ roles: ['customer'], exp: Math.floor(Date.now() / 1000) - 60 })],
  ['a token with its signature cut', async () => (await issuer.token({ roles: ['customer'] })).slice(0, -4)],
  ['an unsigned token', async () => `${btoa('{"alg":"none"}')}.${(await issuer.token({})).split('.')[1]}.`],
])('%s is not authenticated', async (_, makeToken) => {
  await expect(client(await makeToken()).getAccount({})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a caller without the role is denied', async () => {
  const customer = await issuer.token({ roles: ['customer'], account: 'acme' });
  await expect(client(customer).verifyEnterprise({})).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    reason: 'ROLE_MISSING',
  });
});

test('a method that no policy names is denied to everybody', async () => {
  const everything = await issuer.token({ roles: ['customer', 'reviewer', 'operator'], account: 'acme' });
  await expect(client(everything).listAccounts({})).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});

test('a broken rule arrives with its code, reason and details', async () => {
  const token = await issuer.token({ roles: ['customer'] });
  await expect(client(token).getAccount({ accountId: 'refused' })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'NOT_YET',
    message: 'wait',
    details: {
      fieldViolations: [{ field: 'account_id', description: 'is refused' }],
      preconditions: [{ type: 'PATIENCE', subject: 'you', description: 'wait' }],
      metadata: { waited: '1' },
    },
  });
});

test('a failure of ours is INTERNAL, and tells nothing', async () => {
  const token = await issuer.token({ roles: ['customer'] });
  const failed = client(token).getAccount({ accountId: 'broken' });
  await expect(failed).rejects.toMatchObject({ code: 'INTERNAL', reason: 'INTERNAL' });
  await expect(failed).rejects.not.toThrow(/SELECT/);
});

test('a call that takes too long fails with its deadline', async () => {
  const token = await issuer.token({ roles: ['customer'] });
  await expect(client(token).getAccount({ accountId: 'late' }, { deadlineMs: 100 })).rejects.toMatchObject({
    code: 'DEADLINE_EXCEEDED',
  });
});

test('it listens on IPv6 too', async () => {
  await using ipv6 = await serveGrpc({
    config: { GRPC_LISTEN: { host: '::1', port: 0 }, AUTH_AUDIENCE: 'longwire', ...issuer.env },
    services: [],
    policy: {},
    log,
  });
  using client = createClient(AccountServiceService, ipv6.address);
  await expect(client.getAccount({})).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
});

test('health is open to anyone', async () => {
  const health = new (makeGenericClientConstructor(healthService, 'Health'))(
    server.address,
    credentials.createInsecure(),
  );
  const status = await new Promise((resolve, reject) =>
    health['check']?.({ service: '' }, new Metadata(), (error: Error | null, answer: unknown) =>
      error ? reject(error) : resolve(answer),
    ),
  );
  expect(status).toMatchObject({ status: 'SERVING' });
  health.close();
});
