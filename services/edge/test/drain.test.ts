import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBalancer } from './balancer.ts';
import { startEchoOrigin } from './echo-origin.ts';
import { startEdgeProcess, type EdgeProcess } from './edge-process.ts';
import { handshake, Peer, type TestOrigin } from './harness.ts';
import { knownState } from './known-config.ts';
import { stopwatch } from './stopwatch.ts';

let parts: AsyncDisposableStack;
let origin: TestOrigin;
let port: number;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  origin = parts.use(await startEchoOrigin());
  port = await freePort();
});
afterEach(() => parts.disposeAsync());

async function startEdge(environment: NodeJS.ProcessEnv): Promise<EdgeProcess> {
  const { path } = parts.use(await knownState(origin));
  const where = { EDGE_LISTEN: `127.0.0.1:${port}`, EDGE_STATE_DIR: path };
  return parts.use(await startEdgeProcess({ ...where, EDGE_WORKERS: '2', ...environment }));
}

/** A handshake's answer: its status line, or how the connection failed. */
async function knock(): Promise<{ client: Peer; answer: string }> {
  const socket = connect(port, '127.0.0.1');
  const failed = once(socket, 'error').then(([error]: Error[]) => String(error));
  const client = new Peer(socket);
  socket.write(handshake('a.test'));
  const answer = await Promise.race([failed, client.head().catch(() => 'ended without an answer')]);
  return { client, answer: answer.split('\r\n')[0] ?? '' };
}

const switched = 'HTTP/1.1 101 Switching Protocols';

/** Opens a tunnel and leaves it as a good client does; the answer to its handshake. */
async function visit(): Promise<string> {
  const { client, answer } = await knock();
  client.socket.end();
  return answer;
}

test('asked to stop, an edge is not ready, accepts for a while, then refuses connects; clients are closed with 1012 spread over time', async () => {
  const times = { EDGE_DRAIN_ACCEPT_MS: '1500', EDGE_DRAIN_SPREAD_MS: '1000', EDGE_DRAIN_DEADLINE_MS: '6000' };
  const edge = await startEdge(times);
  const clients = await Promise.all(Array.from({ length: 40 }, knock));
  const begun = performance.now();
  edge.child.kill('SIGTERM');
  const exited = once(edge.child, 'exit');
  const closes = clients.map(async ({ client }) => {
    await client.bytes(4);
    client.socket.end();
    return { at: performance.now() - begun, code: client.received.readUInt16BE(2) };
  });

  await edge.until(({ msg }) => msg === 'stopping');
  expect((await fetch(`${edge.admin}/readyz`)).status).toBe(503);
  const { client: late, answer } = await knock();
  expect(answer).toBe(switched);

  const closed = await Promise.all(closes);
  expect(new Set(closed.map(({ code }) => code))).toEqual(new Set([1012]));
  const moments = closed.map(({ at }) => at).toSorted((one, other) => one - other);
  const [first = 0] = moments;
  expect(first).toBeGreaterThan(1_500);
  const after = moments.map((at) => at - first);
  expect(after.at(-1)).toBeLessThan(1_000 + 400);
  const inThirds = [0, 1, 2].map((third) => after.filter((ms) => Math.min(2, Math.floor(ms / 334)) === third).length);
  expect(Math.min(...inThirds)).toBeGreaterThan(2);
  await late.ended();
  late.socket.end();
  expect(await visit()).toContain('ECONNREFUSED');
  expect(await exited).toEqual([0, null]);
});

test('peers that do not close are cut off at the deadline, and the edge still ends with 0', async () => {
  const edge = await startEdge({ EDGE_DRAIN_SPREAD_MS: '0', EDGE_DRAIN_DEADLINE_MS: '500' });
  const { client } = await knock();
  const stopping = stopwatch();
  edge.child.kill('SIGTERM');
  expect(await once(edge.child, 'exit')).toEqual([0, null]);
  expect(stopping()).toBeLessThan(1_500);
  expect(client.received.readUInt16BE(2)).toBe(1012);
});

test('a second SIGTERM ends it now, its workers too', async () => {
  const edge = await startEdge({ EDGE_DRAIN_ACCEPT_MS: '20000', EDGE_DRAIN_DEADLINE_MS: '60000' });
  const { client } = await knock();
  edge.child.kill('SIGTERM');
  await edge.until(({ msg }) => msg === 'stopping');
  const exited = once(edge.child, 'exit');
  edge.child.kill('SIGTERM');
  const ending = stopwatch();
  expect(await exited).toEqual([1, null]);
  await client.ended();
  expect(ending()).toBeLessThan(500);
});

/** Restarts two edges one after the other while clients knock without pause; how often each answer came. */
async function rollUnderLoad(startOne: (id: string) => Promise<EdgeProcess>): Promise<Map<string, number>> {
  const edges = [{ id: 'first', edge: await startOne('first') }];
  edges.push({ id: 'second', edge: await startOne('second') });
  const answers = new Map<string, number>();
  const stopping = new AbortController();
  const loads = Array.from({ length: 8 }, async () => {
    while (!stopping.signal.aborted) {
      const answer = await visit();
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      await sleep(2);
    }
  });
  for (const { id, edge } of edges) {
    edge.child.kill('SIGTERM');
    await once(edge.child, 'exit');
    await startOne(id);
  }
  stopping.abort();
  await Promise.all(loads);
  return answers;
}

const rolling = { EDGE_WORKERS: '1', EDGE_DRAIN_ACCEPT_MS: '300', EDGE_DRAIN_SPREAD_MS: '300' };

test('a rolling restart of two edges behind a load balancer, under load, refuses no connect', async () => {
  const balancer = parts.use(await startBalancer(port));
  const answers = await rollUnderLoad(async (id) => {
    const own = await freePort();
    const edge = await startEdge({ ...rolling, EDGE_ID: id, EDGE_LISTEN: `127.0.0.1:${own}` });
    await balancer.add(own, `${edge.admin}/readyz`);
    return edge;
  });
  expect([...answers.keys()]).toEqual([switched]);
  expect(answers.get(switched)).toBeGreaterThan(200);
}, 90_000);

const canUnshare = spawnSync('unshare', ['-Urn', 'ip', 'link', 'set', 'lo', 'up']).status === 0;

test.skipIf(!canUnshare)(
  'a rolling restart on one port, each new edge beside the old one, refuses none of thousands of connects where Linux moves those who wait',
  async () => {
    const script = fileURLToPath(new URL('rolling-restart.ts', import.meta.url));
    const world = spawn('unshare', ['-Urn', process.execPath, script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    world.stdout.on('data', (chunk) => (said += chunk));
    await once(world, 'close');
    const answers: Record<string, number> = JSON.parse(said);
    expect(Object.keys(answers)).toEqual([switched]);
    expect(answers[switched]).toBeGreaterThan(2_000);
  },
  90_000,
);
