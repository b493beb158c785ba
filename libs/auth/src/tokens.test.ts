import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DomainError } from '@longwire/contracts';
import { startIssuer } from '@longwire/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestIssuer } from '@longwire/testing';
import { verifyTokens } from './tokens.ts';

let issuer: TestIssuer;

beforeAll(async () => {
  issuer = await startIssuer();
});

afterAll(() => issuer[Symbol.asyncDispose]());

const verify = (jwksUrl = issuer.jwksUrl) => verifyTokens({ issuer: issuer.issuer, jwksUrl, audience: 'longwire' });

test.each([
  ['answers with an error', 503, 'overloaded'],
  ['answers with a page', 200, '<html>'],
  ['answers with something else than a key set', 200, '{"keys":"none"}'],
])('an identity provider that %s is not the token’s fault', async (_, status, body) => {
  const provider = createServer((_request, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1');
  await using _provider = provider;
  await new Promise((resolve) => provider.once('listening', resolve));
  const { port } = provider.address() as AddressInfo;
  const refused = await verify(`http://127.0.0.1:${port}/jwks`)(await issuer.token({})).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(DomainError);
  expect(refused).toMatchObject({ code: 'UNAVAILABLE', reason: 'ISSUER_UNREACHABLE', cause: expect.any(Error) });
});

test.each([
  ['empty', ''],
  ['blank', ' '],
  ['of two lines', 'user\r\nLongwire-Actor: root'],
  ['not ASCII', 'Jürgen'],
  ['too long', 'u'.repeat(256)],
])('a token whose subject is %s names nobody', async (_, sub) => {
  await expect(verify()(await issuer.token({ sub }))).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
    reason: 'INVALID_TOKEN',
  });
});

test('a subject is taken as it is', async () => {
  expect(await verify()(await issuer.token({ sub: 'auth0|507f191e 810c' }))).toMatchObject({
    subject: 'auth0|507f191e 810c',
  });
});
