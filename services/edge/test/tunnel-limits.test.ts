import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@longwire/service';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from '../src/listener.ts';
import type { Accepted } from '../src/accepted.ts';
import { closeFrame } from '../src/own-frames.ts';
import { Routes } from '../src/routes.ts';
import { Tunnel } from '../src/tunnel.ts';
import type { Wire } from '../src/wire.ts';
import { belowSockets, Peer } from './harness.ts';

const seconds = { passed: 0 };
const opened = {
  id: 'test-1',
  requestId: 'test-1',
  clientAddress: '127.0.0.1',
  path: '/',
  subprotocol: '',
  configVersion: 1n,
  at: 0,
};
let tunnel: Tunnel;
let client: Peer;
let server: Peer;
let closed: Promise<void>;

/** A tunnel between two real connections, whose seconds pass when the test says so. */
beforeEach(async () => {
  seconds.passed = 0;
  const [clientEnd, originEnd] = [await connectedWire(), await connectedWire()];
  client = clientEnd.peer;
  server = originEnd.peer;
  const config = DomainConfig.create({ domainName: 'a.test', version: 1n, heartbeatSeconds: 45 });
  const domain = new Routes().apply(config);
  if (!domain) throw new Error('not applied');
  closed = new Promise((resolve) => {
    tunnel = new Tunnel(domain, opened, clientEnd.wire, originEnd.wire, [], seconds, () => resolve());
  });
  tunnel.start(Buffer.alloc(0), Buffer.alloc(0));
});
afterEach(() => {
  for (const { socket } of [client, server]) socket.destroy();
  tunnel.destroy();
});

async function connectedWire(): Promise<{ wire: Wire; peer: Peer }> {
  const accepted = Promise.withResolvers<Accepted>();
  const where = { host: '127.0.0.1', port: 0, reusePort: false };
  await using listener = await listen(where, accepted.resolve, createLogger('edge', 'silent'), belowSockets());
  const peer = new Peer(connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true }));
  return { wire: (await accepted.promise).toWire(), peer };
}

function pass(count: number): void {
  for (let second = 0; second < count; second++) {
    seconds.passed++;
    tunnel.onSecond();
  }
}

const isGone = () => tunnel.client.isDestroyed && tunnel.origin.isDestroyed;

test('a Close that is not answered ends both sides after its bound', async () => {
  const bytes = closeFrame(1000, 'bye', true);
  client.socket.write(bytes);
  await server.bytes(bytes.length);
  pass(29);
  expect(isGone()).toBe(false);
  pass(1);
  expect(isGone()).toBe(true);
  await closed;
  expect(tunnel.ending).toEqual({ by: 'client', cause: 'close_frame', code: 1000 });
});

test('a FIN that is not answered ends both sides after its bound', async () => {
  client.socket.end();
  await server.ended();
  pass(3);
  expect(isGone()).toBe(false);
  pass(1);
  expect(isGone()).toBe(true);
  await closed;
});

test('the heartbeat time is never cut short, and is over within a second after it', async () => {
  pass(20);
  client.socket.write(Buffer.of(0x89, 0));
  await server.bytes(2);
  pass(45);
  expect(tunnel.ending).toBeUndefined();
  pass(1);
  expect(tunnel.ending).toEqual({ by: 'edge', cause: 'heartbeat', code: 1001 });
  await Promise.all([client.ended(), server.ended()]);
});

test('a peer that does not take the Close of the edge is left after its bound', async () => {
  tunnel.close(1012, 'service restart', 'draining');
  pass(1);
  expect(isGone()).toBe(false);
  pass(1);
  expect(isGone()).toBe(true);
  await closed;
});

test('a reader that takes nothing while bytes wait is closed with a cause, though it goes on sending', async () => {
  client.socket.pause();
  server.socket.write(Buffer.concat([Buffer.of(0x82, 127, 0, 0, 0, 0, 2, 0, 0, 0), Buffer.alloc(32 * 1024 * 1024)]));
  while (tunnel.client.waiting === 0) await sleep(5);
  for (let sent = 1; sent <= 60; sent++) {
    client.socket.write(Buffer.of(0x89, 0));
    await server.bytes(2 * sent);
    pass(1);
  }
  expect(tunnel.ending).toBeUndefined();
  pass(1);
  expect(tunnel.ending).toEqual({ by: 'edge', cause: 'stalled', code: 1001 });
  await server.ended();
  pass(2);
  expect(isGone()).toBe(true);
});
