import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPair } from '../src/certificates.ts';
import { closeFrame } from '../src/own-frames.ts';
import type { Domain } from '../src/routes.ts';
import { TlsGate } from '../src/tls-gate.ts';
import { READ_SIZE } from '../src/wire.ts';
import { selfSigned } from './certificate.ts';
import { handshake, openTunnel, Peer, startEdge, startOrigin, SWITCHED } from './harness.ts';
import type { TestEdge, TestOrigin } from './harness.ts';

const MIB = 1024 * 1024;
const { cert, key } = selfSigned('a.test');

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
let domain: Domain;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const tls = new TlsGate(2_000);
  tls.serve([readPair('a', Buffer.from(cert), Buffer.from(key))]);
  edge = parts.use(await startEdge({ tls, byTls: true }));
  origin = parts.use(await startOrigin());
  domain = edge.configure({ origins: [origin.address], backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP });
});
afterEach(() => parts.disposeAsync());

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

function onlyTunnel() {
  const [tunnel] = domain.tunnels;
  if (!tunnel) throw new Error('no tunnel');
  return tunnel;
}

function frame(payload: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.set([0x82, 127]);
  head.writeUIntBE(payload.length, 4, 6);
  return Buffer.concat([head, payload]);
}

test('bytes out are bytes in for a client that came by TLS, in both directions at once', async () => {
  const { client, server } = await openTunnel(edge, origin);
  const up = frame(randomBytes(32 * MIB));
  const down = frame(randomBytes(32 * MIB));
  client.socket.write(up);
  server.socket.write(down);
  const [received, sent] = await Promise.all([server.bytes(up.length), client.bytes(down.length)]);
  expect([received.equals(up), sent.equals(down)]).toEqual([true, true]);
  await waitFor(() => onlyTunnel().bytesToClient === down.length);
  expect(onlyTunnel().bytesFromClient).toBe(up.length);
});

test('at any segmentation by TLS, too', async () => {
  const { client, server } = await openTunnel(edge, origin);
  const bytes = randomBytes(300_000);
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7 + 1) % 5_000) {
    if (!server.socket.write(bytes.subarray(at, at + step))) await once(server.socket, 'drain');
  }
  expect((await client.bytes(bytes.length)).equals(bytes)).toBe(true);
});

test('a TLS client that does not keep up stops its origin; little waits in the edge, and nothing is lost', async () => {
  const { client, server } = await openTunnel(edge, origin);
  client.socket.pause();
  const sent = frame(randomBytes(64 * MIB));
  server.socket.write(sent);
  await waitFor(() => onlyTunnel().client.waiting > 0);
  await sleep(300);
  expect(onlyTunnel().client.waiting).toBeLessThanOrEqual(2 * READ_SIZE);
  expect(server.socket.writableLength).toBe(sent.length);
  client.socket.resume();
  expect((await client.bytes(sent.length)).equals(sent)).toBe(true);
});

test('an origin that does not keep up stops its TLS client, and nothing is lost', async () => {
  const { client, server } = await openTunnel(edge, origin);
  server.socket.pause();
  const sent = frame(randomBytes(64 * MIB));
  client.socket.write(sent);
  await waitFor(() => onlyTunnel().origin.waiting > 0);
  await sleep(300);
  expect(onlyTunnel().origin.waiting).toBeLessThanOrEqual(2 * READ_SIZE);
  expect(client.socket.writableLength).toBeGreaterThan(0);
  server.socket.resume();
  expect((await server.bytes(sent.length)).equals(sent)).toBe(true);
});

describe('the end of one side', () => {
  test('an end of TLS lets the bytes before it through, and half-open answers come back', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const last = randomBytes(3 * MIB);
    client.socket.end(last);
    expect((await server.bytes(last.length)).equals(last)).toBe(true);
    await server.ended();
    server.socket.end('an answer');
    expect(await client.ended()).toBe('an answer');
    await waitFor(() => edge.edge.tunnels === 0);
  });

  test('a FIN of the origin comes as the end of TLS, after the bytes before it', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const last = randomBytes(3 * MIB);
    server.socket.end(last);
    expect((await client.bytes(last.length)).equals(last)).toBe(true);
    await client.ended();
    expect(client.hasEnded).toBe(true);
    client.socket.end();
    await waitFor(() => edge.edge.tunnels === 0);
  });

  test('a reset of the origin is told to the client within a second', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const begun = edge.seconds;
    server.socket.resetAndDestroy();
    await client.ended();
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
    client.socket.destroy();
    await waitFor(() => edge.edge.tunnels === 0);
  });

  test.each([
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['a FIN without an end of TLS', (socket: Socket) => socket.destroy()],
  ])('%s of the client is told to the origin within a second', async (_, leave) => {
    const socket = connect(edge.port, '127.0.0.1').on('error', () => {});
    const client = new Peer(connectTls({ socket, servername: 'a.test', rejectUnauthorized: false }));
    client.socket.write(handshake('a.test'));
    const server = await origin.next();
    server.socket.write(SWITCHED);
    await client.head();
    const begun = edge.seconds;
    leave(socket);
    await server.ended();
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
    server.socket.destroy();
    await waitFor(() => edge.edge.tunnels === 0);
  });

  test('Close frames pass both ways unchanged', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const fromClient = closeFrame(4001, 'going', true);
    const fromServer = closeFrame(4002, 'gone', false);
    client.socket.write(fromClient);
    expect(await server.bytes(fromClient.length)).toEqual(fromClient);
    server.socket.end(fromServer);
    expect(await client.bytes(fromServer.length)).toEqual(fromServer);
    client.socket.end();
    await waitFor(() => edge.edge.tunnels === 0);
  });

  test("the edge's own Close arrives before the end of TLS", async () => {
    const { client, server } = await openTunnel(edge, origin);
    edge.configure({ origins: [origin.address], websocketEnabled: false });
    await client.ended();
    expect(client.received).toEqual(closeFrame(1001, 'websocket disabled for this domain', false));
    server.socket.end();
    client.socket.end();
    await waitFor(() => edge.edge.tunnels === 0);
  });
});
