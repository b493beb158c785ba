import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { READ_SIZE } from '../src/wire.ts';
import { encode } from './frame.ts';
import { handshake, openTunnel, startEdge, startOrigin, type TestEdge, type TestOrigin } from './harness.ts';

const KIB = 1024;

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge());
  origin = parts.use(await startOrigin());
});
afterEach(() => parts.disposeAsync());

const configure = (bytesPerSecond: number, changes = {}) =>
  edge.configure({ origins: [origin.address], maxBytesPerSecond: BigInt(bytesPerSecond), ...changes });

const frame = (bytes: number) => encode({ masked: true, payload: randomBytes(bytes) });

test('both directions together pass their bytes per second, a second’s worth at once before, and nothing is lost', async () => {
  const rate = 400 * KIB;
  configure(rate);
  const { client, server } = await openTunnel(edge, origin);
  const [up, down] = [frame(600 * KIB), frame(600 * KIB)];
  const begun = performance.now();
  client.socket.write(up);
  server.socket.write(down);
  const [received, sent] = await Promise.all([server.bytes(up.length), client.bytes(down.length)]);
  const seconds = (performance.now() - begun) / 1_000;
  expect([received.equals(up), sent.equals(down)]).toEqual([true, true]);
  // A read goes through as a whole, so that of each direction the last one is not waited for.
  expect(seconds).toBeGreaterThan((up.length + down.length - 2 * READ_SIZE) / rate - 1);
});

test('a domain that is over its bytes takes no handshake, counted as 429, and does again when it has paid', async () => {
  const domain = configure(64 * KIB);
  const { client, server } = await openTunnel(edge, origin);
  client.socket.write(frame(192 * KIB));
  await server.bytes(64 * KIB);
  const refused = await (await edge.dial(handshake('a.test'))).ended();
  expect(refused).toMatch(/^HTTP\/1.1 429 [^]*Retry-After: 1\r\n[^]*\r\n\r\ntoo many bytes per second\n$/);
  expect(domain.figures.take().handshakeStatuses).toMatchObject({ 429: 1n });
  await server.bytes(192 * KIB);
  while (domain.pace?.isOver === true) await sleep(20);
  await openTunnel(edge, origin);
});

test('senders have turns: one that sends without end does not keep the others waiting', async () => {
  configure(512 * KIB);
  const greedy = await openTunnel(edge, origin);
  const modest = await Promise.all(Array.from({ length: 8 }, () => openTunnel(edge, origin)));
  greedy.client.socket.write(frame(64 * KIB * KIB));
  await greedy.server.bytes(512 * KIB);
  const answers = modest.map(async ({ client, server }) => {
    for (let sent = 1; sent <= 5; sent++) {
      client.socket.write(frame(100));
      await server.bytes(sent * frame(100).length);
    }
  });
  await Promise.all(answers);
  const { length } = greedy.server.received;
  expect(length).toBeLessThan(8 * KIB * KIB); // it had no more turns meanwhile than the others, and a read in each
});

test('equal senders get equal shares', async () => {
  configure(4 * KIB * KIB);
  const senders = await Promise.all(Array.from({ length: 4 }, () => openTunnel(edge, origin)));
  const shares = senders.map(() => 0);
  for (const [index, { client, server }] of senders.entries()) {
    client.socket.write(frame(32 * KIB * KIB));
    server.socket.on('data', (chunk) => (shares[index] = (shares[index] ?? 0) + chunk.length));
  }
  const untilAll = async (bytes: number) => {
    while (shares.reduce((sum, share) => sum + share) < bytes) await sleep(20);
    return [...shares];
  };
  const before = await untilAll(6 * KIB * KIB); // what may pass at once goes to whoever is first
  const after = await untilAll(20 * KIB * KIB);
  const gained = after.map((share, index) => share - (before[index] ?? 0));
  // Turns are equal; a read may find less than the other one did.
  expect(Math.max(...gained)).toBeLessThan(1.5 * Math.min(...gained));
}, 60_000);

test('a tunnel that waits for its turn is neither idle nor dead, however long that takes', async () => {
  const domain = configure(8 * KIB, { heartbeatSeconds: 1, pingIntervalSeconds: 1 });
  const { client, server } = await openTunnel(edge, origin);
  const [tunnel] = domain.tunnels;
  const sent = frame(48 * KIB); // one read, and five seconds of debt
  client.socket.write(sent);
  await server.bytes(sent.length);
  client.socket.write(frame(10));
  await server.bytes(sent.length + frame(10).length);
  expect(tunnel?.ending).toBeUndefined();
}, 60_000);

test('another limit reaches live tunnels, and none lets all through that waited', async () => {
  configure(KIB);
  const { client, server } = await openTunnel(edge, origin);
  const sent = frame(1_000 * KIB);
  client.socket.write(sent);
  await server.bytes(1);
  configure(64 * KIB * KIB);
  const some = (await server.bytes(READ_SIZE + 1)).length;
  expect(some).toBeGreaterThan(READ_SIZE);
  configure(0);
  expect((await server.bytes(sent.length)).equals(sent)).toBe(true);
});

test('a domain that is switched off while tunnels wait closes them at once', async () => {
  const domain = configure(KIB);
  const { client, server } = await openTunnel(edge, origin);
  const [tunnel] = domain.tunnels;
  client.socket.write(Buffer.concat([frame(100), frame(500 * KIB)]));
  await server.bytes(frame(100).length);
  configure(KIB, { websocketEnabled: false });
  await Promise.all([client.ended(), server.ended()]);
  expect(tunnel?.ending).toEqual({ by: 'edge', cause: 'disabled', code: 1001 });
});

test('a slow reader and a slow domain at once lose nothing', async () => {
  configure(4 * KIB * KIB);
  const { client, server } = await openTunnel(edge, origin);
  const sent = frame(12 * KIB * KIB);
  client.socket.pause();
  server.socket.write(sent);
  for (let had = 0; had < sent.length; had = client.received.length) {
    client.socket.resume();
    await once(client.socket, 'data');
    client.socket.pause();
  }
  expect(client.received.equals(sent)).toBe(true);
}, 60_000);
