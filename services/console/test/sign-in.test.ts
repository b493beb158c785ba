import { openBucket } from '@longwire/eventlog';
import { connectNats } from '@longwire/service';
import { freePort, startNats } from '@longwire/testing';
import type { NatsServer } from '@longwire/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { User } from '../../../deploy/local/issuer/state.ts';
import type { Config } from '../src/config.ts';
import { connectIdentityProvider } from '../src/identity-provider.ts';
import { start } from '../src/service.ts';
import type { ConsoleService } from '../src/service.ts';
import { openSessions } from '../src/sessions.ts';
import { Browser } from './browser.ts';
import { startLocalIssuer } from './local-issuer.ts';
import { consoleConfig, log, required, startAccounts } from './suite.ts';

const stack = new AsyncDisposableStack();
const getAccountPath = '/api/longwire.activation.v1.AccountService/GetAccount';
let nats: NatsServer;
let config: Config;
let console: ConsoleService;
let url: string;
let ada: User;
let whileProviderWasDown: Response;

beforeAll(async () => {
  nats = stack.use(await startNats());
  const [consolePort, issuerPort] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${consolePort}`;
  const issuer = `http://127.0.0.1:${issuerPort}`;
  const accounts = stack.use(await startAccounts({ issuer, jwksUrl: `${issuer}/jwks` }));
  config = consoleConfig({
    NATS_URL: nats.url,
    CONSOLE_LISTEN: `127.0.0.1:${consolePort}`,
    CONSOLE_URL: url,
    OIDC_ISSUER: issuer,
    ACTIVATION_URL: `http://${accounts.address}`,
  });
  // The console is there before the identity provider is.
  console = await start(config, log);
  stack.defer(() => console[Symbol.asyncDispose]());
  whileProviderWasDown = await new Browser().open(`${url}/signin`);

  const provider = stack.use(await startLocalIssuer(issuerPort, url, config.OIDC_CLIENT_SECRET));
  ada = provider.user('ada@acme.test');
});
afterAll(() => stack.disposeAsync());

/** Goes to the provider's page, signs in there, and stops where the provider sends the browser back. */
async function signInAtProvider(browser: Browser, path = '/signin'): Promise<string> {
  const page = await browser.follow(url + path);
  const form = await browser.open(page.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: ada.email, password: ada.password }).toString(),
  });
  const next = new URL(required(form.headers.get('location'), 'the way on'), page.url);
  return (await browser.follow(next.href, `${url}/callback`)).url;
}

async function signIn(path?: string): Promise<{ browser: Browser; location: string | null }> {
  const browser = new Browser();
  const answer = await browser.open(await signInAtProvider(browser, path));
  return { browser, location: answer.headers.get('location') };
}

function getAccount(browser: Browser, headers: Record<string, string>): Promise<Response> {
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"accountId":"acme"}',
  };
  return browser.open(url + getAccountPath, init);
}

describe('signing in', () => {
  test('says so while the provider does not answer, and works as soon as it does', async () => {
    expect(whileProviderWasDown.headers.get('location')).toBe('/?problem=provider');
    expect((await signIn()).location).toBe('/');
  });

  test('opens a session that says who it is', async () => {
    const { browser } = await signIn();
    const answer = await browser.open(`${url}/session`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.json()).toEqual({
      subject: ada.subject,
      name: 'Ada Acme',
      email: 'ada@acme.test',
      roles: ['customer'],
      account: 'acme',
      edgeUrl: null,
    });
  });

  test('leaves a cookie that scripts and other sites cannot use', async () => {
    const { browser } = await signIn();
    const cookie = browser.setCookies.find((line) => line.startsWith('longwire='));
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
  });

  test('leads back to where it began', async () => {
    expect((await signIn(`/signin?return=${encodeURIComponent('/domains/a.test?x=1')}`)).location).toBe(
      '/domains/a.test?x=1',
    );
  });

  test.each([
    '//evil.test/',
    '/.//evil.test/',
    '/x/..//evil.test',
    'https://evil.test/',
    '/\\evil.test',
    'javascript:alert(1)',
  ])('never leads to another site: %s', async (wanted) => {
    expect((await signIn(`/signin?return=${encodeURIComponent(wanted)}`)).location).toBe('/');
  });

  test('begun under another name of this machine goes on under the name of the console', async () => {
    const other = url.replace('127.0.0.1', 'localhost');
    expect((await new Browser().open(`${other}/signin?return=/apply`)).headers.get('location')).toBe(
      `${url}/signin?return=/apply`,
    );
  });

  test('takes no answer of the provider to a question that this browser did not ask', async () => {
    const victim = new Browser();
    const stolen = await signInAtProvider(new Browser());
    expect((await victim.open(stolen)).headers.get('location')).toBe('/?problem=expired');
    await victim.open(`${url}/signin`);
    expect((await victim.open(stolen)).headers.get('location')).toBe('/?problem=expired');
    expect((await victim.open(`${url}/session`)).status).toBe(401);
  });

  test('goes on in each of the windows in which it was begun', async () => {
    const browser = new Browser();
    const first = await browser.open(`${url}/signin?return=/apply`);
    const second = await browser.open(await signInAtProvider(browser));
    expect(second.headers.get('location')).toBe('/');
    const toProvider = required(first.headers.get('location'), 'the way to the provider');
    const callback = await browser.follow(toProvider, `${url}/callback`);
    expect((await browser.open(callback.url)).headers.get('location')).toBe('/apply');
  });

  test('closes the session that the browser had before', async () => {
    const { browser } = await signIn();
    const earlier = new Browser();
    earlier.cookies.set('longwire', required(browser.cookies.get('longwire'), 'the cookie'));
    expect((await earlier.open(`${url}/session`)).status).toBe(200);
    const again = await browser.follow(`${url}/signin`, `${url}/callback`);
    await browser.open(again.url);
    expect((await browser.open(`${url}/session`)).status).toBe(200);
    expect((await earlier.open(`${url}/session`)).status).toBe(401);
  });

  test('takes no answer twice', async () => {
    const browser = new Browser();
    const callback = await signInAtProvider(browser);
    await browser.open(callback);
    expect((await browser.open(callback)).headers.get('location')).toBe('/?problem=expired');
  });
});

describe('a session', () => {
  test('calls the services with the token of who signed in', async () => {
    const { browser } = await signIn();
    const answer = await getAccount(browser, { 'sec-fetch-site': 'same-origin' });
    expect(await answer.json()).toMatchObject({ account: { companyName: `${ada.subject} of acme` } });
    expect((await getAccount(browser, { origin: url })).status).toBe(200);
  });

  test.each([
    {},
    { origin: 'https://evil.test' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'none' },
  ])('counts for nothing in a request that no page of the console sent: %o', async (headers) => {
    const { browser } = await signIn();
    const answer = await getAccount(browser, headers);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'permission_denied' });
  });

  test('is still there when the console has started anew', async () => {
    const { browser } = await signIn();
    await console[Symbol.asyncDispose]();
    console = await start(config, log);
    expect((await browser.open(`${url}/session`)).status).toBe(200);
  });

  test('lies in the bucket under a hash, sealed', async () => {
    const { browser } = await signIn();
    const id = required(browser.cookies.get('longwire'), 'the cookie');
    await using connection = await connect();
    const bucket = await openBucket(connection.nats, 'console-sessions');
    const keys = await Array.fromAsync(await bucket.keys());
    expect(keys).not.toContain(id);
    const values = await Promise.all(keys.map(async (key) => (await bucket.get(key))?.string() ?? ''));
    expect(values.length).toBeGreaterThan(0);
    expect(values.filter((value) => /eyJ|Token|acme/.test(value))).toEqual([]);
  });

  test('is renewed at the provider', async () => {
    const { browser } = await signIn();
    await using connection = await connect();
    const sessions = await openSessions(connection.nats, async () => undefined);
    const tokens = required(await sessions.tokens(browser.cookies.get('longwire') ?? ''), 'the session');
    const provider = connectIdentityProvider(config);
    const renewed = required(await provider.renew(tokens), 'the renewed session');
    expect(renewed.accessToken).not.toBe(tokens.accessToken);
    expect(renewed.expiresAt).toBeGreaterThan(Date.now() + 60_000);
    expect(await provider.renew({ ...tokens, refreshToken: 'made up' })).toBeUndefined();
  });
});

describe('signing out', () => {
  test('ends the session for whoever has its cookie, and leads to the provider', async () => {
    const { browser } = await signIn();
    const id = browser.cookies.get('longwire') ?? '';
    const answer = await browser.open(`${url}/signout`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    const { url: end } = (await answer.json()) as { url: string };
    expect(end).toContain(`${config.OIDC_ISSUER}/`);
    expect(browser.cookies.has('longwire')).toBe(false);
    browser.cookies.set('longwire', id);
    expect((await browser.open(`${url}/session`)).status).toBe(401);
    expect((await getAccount(browser, { 'sec-fetch-site': 'same-origin' })).status).toBe(401);
  });

  test('cannot be done by another site', async () => {
    const { browser } = await signIn();
    const answer = await browser.open(`${url}/signout`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(answer.status).toBe(403);
    expect((await browser.open(`${url}/session`)).status).toBe(200);
  });
});

async function connect() {
  const connection = await connectNats(nats.url, 'test', log);
  return { nats: connection, [Symbol.asyncDispose]: () => connection.close() };
}
