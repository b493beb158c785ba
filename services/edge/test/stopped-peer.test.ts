import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { originAt, startEdge, type TestEdge } from './harness.ts';

const MIB = 1024 * 1024;

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: ChildProcess;
let port: number;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge());
  origin = spawn(process.execPath, [fileURLToPath(new URL('echo-process.ts', import.meta.url))]);
  parts.defer(() => void origin.kill('SIGKILL'));
  if (!origin.stdout) throw new Error('no output');
  const [said] = await once(origin.stdout, 'data');
  port = Number(said);
});
afterEach(() => parts.disposeAsync());

async function open(changes: Partial<DomainConfig>) {
  const domain = edge.configure({ origins: [originAt('127.0.0.1', port)], ...changes });
  const client = new WebSocket(`ws://127.0.0.1:${edge.port}/`, {
    headers: { host: 'a.test' },
    perMessageDeflate: false,
  });
  await once(client, 'open');
  const [tunnel] = domain.tunnels;
  if (!tunnel) throw new Error('no tunnel');
  return { client, tunnel, domain };
}

test('an origin that stands still for less than the heartbeat time loses nothing, and the client neither', async () => {
  const { client, tunnel } = await open({ heartbeatSeconds: 20, pingIntervalSeconds: 1 });
  const messages = Array.from({ length: 48 }, () => randomBytes(MIB));
  const echoes: Buffer[] = [];
  client.on('message', (data: Buffer) => echoes.push(data));
  origin.kill('SIGSTOP');
  for (const message of messages) client.send(message);
  await sleep(8_000);
  expect(tunnel.origin.waiting).toBeGreaterThan(0); // its system takes no more
  expect(echoes).toHaveLength(0);
  origin.kill('SIGCONT');
  while (echoes.length < messages.length) await sleep(20);
  expect(echoes.every((echo, index) => messages[index]?.equals(echo))).toBe(true);
  expect(tunnel.ending).toBeUndefined();
  client.close();
  await once(client, 'close');
}, 30_000);

test('a peer that is there no more is found by its silence, though the other side keeps talking', async () => {
  const { client, tunnel } = await open({ heartbeatSeconds: 2, pingIntervalSeconds: 1 });
  client.on('error', () => {});
  while (tunnel.originPings?.last === undefined) await sleep(20);
  origin.kill('SIGSTOP');
  const talking = setInterval(() => client.send('still here'), 200);
  parts.defer(() => clearInterval(talking));
  const begun = performance.now();
  const [code, reason] = await once(client, 'close');
  expect(performance.now() - begun).toBeLessThan(8_000);
  expect([code, String(reason)]).toEqual([1001, 'peer does not answer']);
  expect(tunnel.ending).toEqual({ by: 'edge', cause: 'unresponsive', code: 1001 });
}, 15_000);

test('round trips are measured on both legs and neither peer sees the other’s pongs', async () => {
  const { client, tunnel, domain } = await open({ pingIntervalSeconds: 1 });
  const seen: string[] = [];
  client.on('ping', (payload: Buffer) => seen.push(payload.toString('latin1', 0, 8)));
  client.on('pong', () => seen.push('pong'));
  while (tunnel.originPings?.last === undefined || tunnel.clientPings?.last === undefined) await sleep(20);
  expect(seen).toEqual(['longwire']);
  expect(tunnel.originPings.least).toBeLessThan(1_000);
  tunnel.count();
  const { clientRoundTrips, originRoundTrips, bytesFromClient, bytesToClient } = domain.figures.take();
  const sum = (counts: bigint[]) => counts.reduce((one, other) => one + other, 0n);
  expect([sum(clientRoundTrips), sum(originRoundTrips)]).toEqual([1n, 1n]);
  expect([bytesToClient, bytesFromClient]).toEqual([18n, 22n]); // a ping, and a pong with its mask: bytes of the client's wire
});

test('the edge’s own pings keep no tunnel alive: the heartbeat time is about the bytes of the peers', async () => {
  const { client } = await open({ heartbeatSeconds: 3, pingIntervalSeconds: 1 });
  const begun = performance.now();
  const [code, reason] = await once(client, 'close');
  expect([code, String(reason)]).toEqual([1001, 'heartbeat time exceeded']);
  expect(performance.now() - begun).toBeLessThan(4_500);
}, 10_000);

const canUnshare = spawnSync('unshare', ['-Urn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

test.skipIf(!canUnshare)(
  'a peer whose packets are all lost is found, though the other side keeps talking',
  async () => {
    const world = spawn('unshare', [
      '-Urn',
      process.execPath,
      fileURLToPath(new URL('cut-off-origin.ts', import.meta.url)),
    ]);
    let said = '';
    world.stdout.on('data', (chunk) => (said += chunk));
    world.stderr.on('data', (chunk) => (said += chunk));
    await once(world, 'close');
    const { ending, seconds } = JSON.parse(said);
    expect(ending).toEqual({ by: 'edge', cause: 'unresponsive', code: 1001 });
    expect(seconds).toBeLessThan(8);
  },
  30_000,
);
