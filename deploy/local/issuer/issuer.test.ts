import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyTokens } from '@longwire/auth';
import { createLogger } from '@longwire/service';
import { freePort } from '@longwire/testing';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from './service.ts';
import { readState } from './state.ts';
import type { User, Users } from './state.ts';

const redirectUri = 'http://127.0.0.1:9/callback';
const clientSecret = 'a secret of the console';
let folder: string;
let issuer: string;
let service: Awaited<ReturnType<typeof start>>;
let state: Users;

const startIssuer = () =>
  start(
    {
      ISSUER_LISTEN: { host: '127.0.0.1', port: Number(new URL(issuer).port) },
      ISSUER_URL: issuer,
      ISSUER_STATE_DIR: folder,
      ISSUER_CLIENT_SECRET: clientSecret,
      ISSUER_REDIRECT_URI: redirectUri,
      LOG_LEVEL: 'fatal',
    },
    createLogger('issuer', 'fatal'),
  );

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-issuer-'));
  issuer = `http://127.0.0.1:${await freePort()}`;
  service = await startIssuer();
  ({ users: state } = await readState(folder));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const discover = (id = 'console', secret = clientSecret) =>
  oidc.discovery(new URL(issuer), id, undefined, oidc.ClientSecretBasic(secret), {
    execute: [oidc.allowInsecureRequests],
  });

function userOf(email: string): User {
  const user = state.users.find((candidate) => candidate.email === email);
  if (!user) throw new Error(`no user ${email}`);
  return user;
}

/** A browser, as far as sign-in needs one: it keeps cookies and follows redirects, up to the console's address. */
function createBrowser() {
  const jar = new Map<string, string>();
  async function visit(
    address: string | URL,
    init: RequestInit = {},
  ): Promise<{ url: URL; status: number; page: string }> {
    const url = new URL(address, issuer);
    if (url.origin !== issuer) return { url, status: 0, page: '' };
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const location = response.headers.get('location');
    return location ? visit(new URL(location, url)) : { url, status: response.status, page: await response.text() };
  }
  const submit = (address: string | URL, fields: Record<string, string>) =>
    visit(address, { method: 'POST', body: new URLSearchParams(fields) });
  return { visit, submit };
}

async function beginSignIn(browser: ReturnType<typeof createBrowser>, scope = 'openid email profile') {
  const config = await discover();
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const expectedState = oidc.randomState();
  const expectedNonce = oidc.randomNonce();
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  });
  const arrived = await browser.visit(address);
  const finish = (url: URL) =>
    oidc.authorizationCodeGrant(config, url, { pkceCodeVerifier, expectedState, expectedNonce });
  return { config, arrived, finish };
}

async function signIn(email: string, browser = createBrowser()) {
  const { config, arrived, finish } = await beginSignIn(browser);
  const { url } = await browser.submit(arrived.url, { email, password: userOf(email).password });
  return { config, browser, tokens: await finish(url) };
}

const authenticate = () => verifyTokens({ issuer, jwksUrl: `${issuer}/jwks`, audience: 'longwire' });

describe('the code flow', () => {
  test.each([
    ['ada@acme.test', { subject: 'user-ada', roles: ['customer'], account: 'acme' }],
    ['bob@globex.test', { subject: 'user-bob', roles: ['customer'], account: 'globex' }],
    ['rita@longwire.test', { subject: 'user-rita', roles: ['reviewer'] }],
    ['olga@longwire.test', { subject: 'user-olga', roles: ['operator'] }],
  ])('gives %s a token that the services take', async (email, caller) => {
    const { tokens } = await signIn(email);
    expect(await authenticate()(tokens.access_token)).toEqual({ ...caller, expireTime: expect.any(Date) });
    expect(tokens.claims()).toMatchObject({
      sub: caller.subject,
      email,
      name: userOf(email).name,
      roles: caller.roles,
    });
  });

  test('gives tokens for an hour, with nothing personal in those for the services', async () => {
    const { tokens } = await signIn('ada@acme.test');
    const { payload } = await jwtVerify(tokens.access_token, createRemoteJWKSet(new URL(`${issuer}/jwks`)));
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
    expect(payload.aud).toBe('longwire');
    expect(JSON.stringify(payload)).not.toMatch(/ada@|Ada/);
  });

  test('refreshes tokens', async () => {
    const { config, tokens } = await signIn('ada@acme.test');
    const refreshed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? '');
    expect(await authenticate()(refreshed.access_token)).toMatchObject({ account: 'acme' });
    expect(refreshed.access_token).not.toBe(tokens.access_token);
  });

  test('asks nobody twice in one browser', async () => {
    const { browser } = await signIn('ada@acme.test');
    const { arrived, finish } = await beginSignIn(browser);
    expect((await finish(arrived.url)).claims()?.sub).toBe('user-ada');
  });

  test('asks again after a wrong password, and after an unknown name, alike', async () => {
    const browser = createBrowser();
    const { arrived, finish } = await beginSignIn(browser);
    const wrong = await browser.submit(arrived.url, { email: 'ada@acme.test', password: 'guess' });
    const unknown = await browser.submit(arrived.url, { email: '"><script>', password: 'guess' });
    for (const { status, page } of [wrong, unknown]) {
      expect(status).toBe(401);
      expect(page).toContain('The email or the password is not right.');
      expect(page).not.toContain('<script>');
    }
    const right = await browser.submit(arrived.url, {
      email: ' Ada@Acme.test ',
      password: userOf('ada@acme.test').password,
    });
    expect((await finish(right.url)).claims()?.sub).toBe('user-ada');
  });

  test('takes a form from no other browser', async () => {
    const { arrived } = await beginSignIn(createBrowser());
    const { status, page } = await createBrowser().submit(arrived.url, { email: 'ada@acme.test', password: 'x' });
    expect(status).toBe(400);
    expect(page).toContain('begun elsewhere');
  });

  test('needs PKCE, the right verifier, the right secret and the right address', async () => {
    const browser = createBrowser();
    const config = await discover();
    const plain = oidc.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'openid' });
    expect((await browser.visit(plain)).url.searchParams.get('error')).toBe('invalid_request');
    const elsewhere = oidc.buildAuthorizationUrl(config, { redirect_uri: 'http://127.0.0.1:9/other', scope: 'openid' });
    const refused = await browser.visit(elsewhere);
    expect([refused.status, refused.url.origin]).toEqual([400, issuer]);

    const { arrived } = await beginSignIn(browser);
    const { url } = await browser.submit(arrived.url, {
      email: 'ada@acme.test',
      password: userOf('ada@acme.test').password,
    });
    const exchange = (client: oidc.Configuration) =>
      oidc.authorizationCodeGrant(client, url, {
        pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
        expectedState: url.searchParams.get('state') ?? '',
        expectedNonce: 'any',
      });
    await expect(exchange(await discover('console', 'guess'))).rejects.toMatchObject({ status: 401 });
    await expect(exchange(config)).rejects.toMatchObject({ error: 'invalid_grant' });
  });
});

describe('programs', () => {
  test('get tokens of their roles for their secret', async () => {
    for (const { clientId, clientSecret, roles, account } of state.clients) {
      const tokens = await oidc.clientCredentialsGrant(await discover(clientId, clientSecret));
      expect(await authenticate()(tokens.access_token)).toEqual({
        subject: clientId,
        roles,
        expireTime: expect.any(Date),
        ...(account && { account }),
      });
    }
    expect(state.clients.map(({ clientId }) => clientId)).toEqual(['demo-customer', 'demo-reviewer', 'demo-operator']);
  });

  test('get none with another secret', async () => {
    await expect(oidc.clientCredentialsGrant(await discover('demo-reviewer', 'guess'))).rejects.toMatchObject({
      status: 401,
    });
  });
});

test('signing out ends the session and its refresh tokens, and leads back to the console', async () => {
  const { config, browser, tokens } = await signIn('ada@acme.test');
  const address = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: 'http://127.0.0.1:9/',
  });
  const { page } = await browser.visit(address);
  const [, action = ''] = /action="([^"]+)"/.exec(page) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? [];
  expect((await browser.submit(action, { xsrf, logout: 'yes' })).url.href).toBe('http://127.0.0.1:9/');
  expect((await beginSignIn(browser)).arrived.page).toContain('name="password"');
  await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? '')).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});

test('keys, people and passwords outlive a restart, and are for the owner alone', async () => {
  const { tokens } = await signIn('rita@longwire.test');
  await service[Symbol.asyncDispose]();
  service = await startIssuer();
  expect(await authenticate()(tokens.access_token)).toMatchObject({ subject: 'user-rita' });
  expect((await signIn('rita@longwire.test')).tokens.claims()?.sub).toBe('user-rita');
  for (const file of ['users.json', 'keys.json']) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
});

test('publishes public keys only', async () => {
  const keySet: unknown = await (await fetch(`${issuer}/jwks`)).json();
  const key = { alg: 'RS256', e: 'AQAB', kid: expect.any(String), kty: 'RSA', n: expect.any(String), use: 'sig' };
  expect(keySet).toEqual({ keys: [key] });
});

test('says that it is ready, and bears targets that are none', async () => {
  expect((await fetch(`${issuer}/readyz`)).status).toBe(200);
  expect((await fetch(`${issuer}//`)).status).toBe(404);
});
