import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { originAt, startEdge, type TestEdge } from './harness.ts';

const MIB = 1024 * 1024;

/** A tunnel through an edge of its own to an origin in a process of its own; these tests wait long, and so all at once. */
async function open(changes: Partial<DomainConfig>) {
  const parts = new AsyncDisposableStack();
  const edge = parts.use(await startEdge());
  const origin = spawn(process.execPath, [fileURLToPath(new URL('echo-process.ts', import.meta.url))]);
  parts.defer(() => void origin.kill('SIGKILL'));
  const [said] = await once(origin.stdout, 'data');
  const domain = edge.configure({ origins: [originAt('127.0.0.1', Number(said))], ...changes });
  const client = new WebSocket(`ws://127.0.0.1:${edge.port}/`, {
    headers: { host: 'a.test' },
    perMessageDeflate: false,
  });
  client.on('error', () => {});
  await once(client, 'open');
  const [tunnel] = domain.tunnels;
  if (!tunnel) throw new Error('no tunnel');
  return { edge, origin, client, tunnel, domain, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

const untilSecond = async (edge: TestEdge, second: number) => {
  while (edge.seconds < second) await sleep(50);
};

test.concurrent(
  'an origin that stands still for 30 s, less than the heartbeat time, loses nothing, and the client neither',
  async () => {
    await using world = await open({ heartbeatSeconds: 45, pingIntervalSeconds: 1 });
    const { edge, origin, client, tunnel } = world;
    const messages = Array.from({ length: 48 }, () => randomBytes(MIB));
    const echoes: Buffer[] = [];
    client.on('message', (data: Buffer) => echoes.push(data));
    origin.kill('SIGSTOP');
    const stopped = edge.seconds;
    for (const message of messages) client.send(message);
    await untilSecond(edge, stopped + 31);
    expect(tunnel.origin.waiting).toBeGreaterThan(0); // its system takes no more
    expect(echoes).toHaveLength(0);
    origin.kill('SIGCONT');
    while (echoes.length < messages.length) await sleep(20);
    expect(echoes.every((echo, index) => messages[index]?.equals(echo))).toBe(true);
    expect(tunnel.ending).toBeUndefined();
    client.close();
    await once(client, 'close');
  },
  60_000,
);

test.concurrent(
  'a client that stands still for 30 s, less than the heartbeat time, gets all that came meanwhile',
  async () => {
    await using world = await open({ heartbeatSeconds: 45 });
    const { edge, client, tunnel } = world;
    const messages = Array.from({ length: 32 }, () => randomBytes(MIB));
    const echoes: Buffer[] = [];
    client.on('message', (data: Buffer) => echoes.push(data));
    client.pause();
    const stopped = edge.seconds;
    for (const message of messages) client.send(message);
    await untilSecond(edge, stopped + 31);
    expect(tunnel.client.waiting).toBeGreaterThan(0);
    client.resume();
    while (echoes.length < messages.length) await sleep(20);
    expect(echoes.every((echo, index) => messages[index]?.equals(echo))).toBe(true);
    expect(tunnel.ending).toBeUndefined();
  },
  60_000,
);

test.concurrent(
  'a peer that is there no more is found by its silence, though the other side keeps talking',
  async () => {
    await using world = await open({ heartbeatSeconds: 2, pingIntervalSeconds: 1 });
    const { edge, origin, client, tunnel } = world;
    while (tunnel.originPings?.last === undefined) await sleep(20);
    origin.kill('SIGSTOP');
    const talking = setInterval(() => client.send('still here'), 200);
    const stopped = edge.seconds;
    const [code, reason] = await once(client, 'close');
    clearInterval(talking);
    expect(edge.seconds - stopped).toBeLessThanOrEqual(1 + 2 + 1 + 2); // the next ping, the time it may owe, and the client's Close
    expect([code, String(reason)]).toEqual([1001, 'peer does not answer']);
    expect(tunnel.ending).toEqual({ by: 'edge', cause: 'unresponsive', code: 1001 });
  },
  60_000,
);

test.concurrent(
  'round trips are measured on both legs and neither peer sees the other’s pongs',
  async () => {
    await using world = await open({ pingIntervalSeconds: 1 });
    const { client, tunnel, domain } = world;
    const seen: string[] = [];
    client.on('ping', (payload: Buffer) => seen.push(payload.toString('latin1', 0, 8)));
    client.on('pong', () => seen.push('pong'));
    while (tunnel.originPings?.last === undefined || tunnel.clientPings?.last === undefined) await sleep(20);
    expect(new Set(seen)).toEqual(new Set(['longwire']));
    tunnel.count();
    const { clientRoundTrips, originRoundTrips, bytesFromClient, bytesToClient } = domain.figures.take();
    const sum = (counts: bigint[]) => counts.reduce((one, other) => one + other, 0n);
    expect(sum(clientRoundTrips)).toBeGreaterThanOrEqual(1n);
    expect(sum(originRoundTrips)).toBeGreaterThanOrEqual(1n);
    // A ping, and a pong with its mask: bytes of the client's wire.
    expect([bytesToClient % 18n, bytesFromClient % 22n]).toEqual([0n, 0n]);
  },
  60_000,
);

test.concurrent(
  'the edge’s own pings keep no tunnel alive: the heartbeat time is about the bytes of the peers',
  async () => {
    await using world = await open({ heartbeatSeconds: 3, pingIntervalSeconds: 1 });
    const { edge, client, tunnel } = world;
    const active = edge.seconds;
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason)]).toEqual([1001, 'heartbeat time exceeded']);
    expect(tunnel.ending?.cause).toBe('heartbeat');
    expect(edge.seconds - active).toBeLessThanOrEqual(3 + 2);
  },
  60_000,
);

const canUnshare = spawnSync('unshare', ['-Urn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

test.skipIf(!canUnshare).concurrent(
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
    expect(seconds).toBeLessThanOrEqual(1 + 2 + 1 + 2);
  },
  60_000,
);
