import { connectNats } from '@longwire/service';
import { startNats } from '@longwire/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionCookie } from '../src/session-cookie.ts';
import { openSessions } from '../src/sessions.ts';
import type { Renew, Tokens } from '../src/sessions.ts';
import { log, required } from './suite.ts';

const stack = new AsyncDisposableStack();
let connections: NatsConnection[];

beforeAll(async () => {
  const nats = stack.use(await startNats());
  connections = await Promise.all(['one', 'other'].map((name) => connectNats(nats.url, name, log)));
  for (const connection of connections) stack.defer(() => connection.close());
});
afterAll(() => stack.disposeAsync());

const tokensFor = (seconds: number): Tokens => ({
  accessToken: `for ${seconds} s`,
  idToken: 'id',
  refreshToken: 'refresh',
  expiresAt: Date.now() + seconds * 1000,
});

/** Two consoles that share the bucket and the way to renew. */
async function consoles(renew: Renew) {
  const [one, other] = await Promise.all(connections.map((connection) => openSessions(connection, renew)));
  return { one: required(one, 'one console'), other: required(other, 'the other') };
}

const never: Renew = async () => {
  throw new Error('renewed though nobody needed it');
};

test('a session that is opened at one console is known at the other, and to nobody with another id', async () => {
  const { one, other } = await consoles(never);
  const id = await one.open(tokensFor(3600));
  expect(await other.tokens(id)).toMatchObject({ accessToken: 'for 3600 s' });
  expect(await other.tokens(id.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).toBeUndefined();
});

test('a session that is closed at one console is closed at the other', async () => {
  const { one, other } = await consoles(never);
  const id = await one.open(tokensFor(3600));
  await one.close(id);
  expect(await other.tokens(id)).toBeUndefined();
});

test('tokens that have ended are renewed once, however many requests need them at however many consoles', async () => {
  let renewals = 0;
  const { one, other } = await consoles(async () => {
    renewals += 1;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { ...tokensFor(3600), accessToken: `renewal ${renewals}` };
  });
  const id = await one.open(tokensFor(-1));
  const answers = await Promise.all([one, other, one, other, one].map((sessions) => sessions.tokens(id)));
  expect(answers.map((tokens) => tokens?.accessToken)).toEqual(Array(5).fill('renewal 1'));
  expect(await other.tokens(id)).toMatchObject({ accessToken: 'renewal 1' });
});

test('while one console renews tokens that still count, the other goes on with them', async () => {
  const renewing = Promise.withResolvers<Tokens>();
  const { one, other } = await consoles(() => renewing.promise);
  const id = await one.open(tokensFor(30));
  const answers = [one.tokens(id), other.tokens(id)];
  expect(await Promise.race(answers)).toMatchObject({ accessToken: 'for 30 s' });
  renewing.resolve({ ...tokensFor(3600), accessToken: 'renewed' });
  expect(new Set((await Promise.all(answers)).map((tokens) => tokens?.accessToken))).toEqual(
    new Set(['for 30 s', 'renewed']),
  );
});

test('a session that the provider has ended is closed', async () => {
  const { one, other } = await consoles(async () => undefined);
  const id = await one.open(tokensFor(30));
  expect(await one.tokens(id)).toBeUndefined();
  expect(await other.tokens(id)).toBeUndefined();
});

test('while the provider does not answer, tokens that still count are used, and ended ones are an error that passes', async () => {
  let isDown = true;
  const { one } = await consoles(async () => {
    if (isDown) throw new Error('no answer');
    return { ...tokensFor(3600), accessToken: 'renewed' };
  });
  const alive = await one.open(tokensFor(30));
  const ended = await one.open(tokensFor(-1));
  expect(await one.tokens(alive)).toMatchObject({ accessToken: 'for 30 s' });
  await expect(one.tokens(ended)).rejects.toThrow('no answer');
  isDown = false;
  expect(await one.tokens(ended)).toMatchObject({ accessToken: 'renewed' });
});

test('who waits for a renewal that fails at another console makes one itself', async () => {
  const failing = Promise.withResolvers<Tokens>();
  let renewals = 0;
  const { one, other } = await consoles(() => {
    renewals += 1;
    return renewals === 1 ? failing.promise : Promise.resolve({ ...tokensFor(3600), accessToken: 'renewed' });
  });
  const id = await one.open(tokensFor(-1));
  const failed = one.tokens(id).catch((error: unknown) => error);
  await expect.poll(() => renewals).toBe(1);
  const sent = () => required(connections[1], 'the connection of the other').stats().outMsgs;
  const before = sent();
  const waiting = other.tokens(id);
  await expect.poll(sent).toBeGreaterThan(before + 1);
  failing.reject(new Error('no answer'));
  expect(await failed).toEqual(new Error('no answer'));
  expect(await waiting).toMatchObject({ accessToken: 'renewed' });
});

test('without a refresh token a session lasts as long as its token', async () => {
  const { one } = await consoles(never);
  const { refreshToken: _, ...tokens } = tokensFor(30);
  expect(await one.tokens(await one.open(tokens))).toMatchObject({ accessToken: 'for 30 s' });
  expect(await one.tokens(await one.open({ ...tokens, expiresAt: Date.now() - 1 }))).toBeUndefined();
});

test('over https the cookie is for this host and https alone', () => {
  const { name, options } = sessionCookie('https://console.example.com');
  expect(name).toMatch(/^__Host-/);
  expect(options).toMatchObject({ secure: true, path: '/', httpOnly: true });
});
