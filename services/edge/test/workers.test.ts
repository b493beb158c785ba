import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEchoOrigin } from './echo-origin.ts';
import { startEdgeProcess, type EdgeProcess, type Line } from './edge-process.ts';
import { handshake, Peer, startOrigin, type TestOrigin } from './harness.ts';
import { knownState } from './known-config.ts';
import { keptWaiting } from './stopwatch.ts';

let parts: AsyncDisposableStack;
let stateDir: string;
let origin: TestOrigin;
let port: number;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  origin = parts.use(await startEchoOrigin());
  stateDir = parts.use(await knownState(origin)).path;
  port = await freePort();
});
afterEach(() => parts.disposeAsync());

const startEdge = async (environment: NodeJS.ProcessEnv = {}): Promise<EdgeProcess> =>
  parts.use(
    await startEdgeProcess({
      EDGE_LISTEN: `127.0.0.1:${port}`,
      EDGE_STATE_DIR: stateDir,
      EDGE_WORKERS: '3',
      ...environment,
    }),
  );

/** A tunnel, opened, and the worker that carries it. */
async function open(edge: EdgeProcess): Promise<{ client: Peer; worker: number }> {
  const client = new Peer(connect(port, '127.0.0.1'));
  const before = edge.lines.length;
  client.socket.write(handshake('a.test'));
  expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
  await edge.until(({ msg }) => msg === 'tunnel open', opened(edge, before) + 1);
  return { client, worker: Number(edge.lines.findLast(({ msg }) => msg === 'tunnel open')?.['worker']) };
}

const opened = (edge: EdgeProcess, before: number) =>
  edge.lines.slice(0, before).filter(({ msg }) => msg === 'tunnel open').length;

/** Opens tunnels until so many workers carry one. */
async function openOn(edge: EdgeProcess, workers: number) {
  const tunnels = [await open(edge)];
  while (new Set(tunnels.map(({ worker }) => worker)).size < workers) tunnels.push(await open(edge));
  return tunnels;
}

async function echoes({ client }: { client: Peer }): Promise<void> {
  const had = client.received.length;
  client.socket.write(Buffer.of(0x82, 0x81, 0, 0, 0, 0, 7));
  expect((await client.bytes(had + 7)).subarray(had)).toHaveLength(7);
}

/** The value of a metric of the whole edge, its labels as they are written. */
async function metric({ admin }: EdgeProcess, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.split(' ')[1]);
}

const isReady = async ({ admin }: EdgeProcess) => (await fetch(`${admin}/readyz`)).status === 200;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}

/** When a line was written, in milliseconds. */
const momentOf = (line: Line | undefined) => Date.parse(String(line?.['time']));

const isAlive = async (pid: number) =>
  (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')).split(') ')[1]?.[0] !== 'Z';

test('started from its last-known-good file, an edge with workers serves within 1.5 s', async () => {
  const begun = Date.now();
  const edge = await startEdge();
  expect(await isReady(edge)).toBe(true);
  const serving = edge.lines.filter(({ msg }) => msg === 'worker serves');
  const kept = keptWaiting(edge.child.pid) + Math.max(...serving.map(({ pid }) => keptWaiting(Number(pid))));
  expect(momentOf(serving.at(-1)) - begun - kept).toBeLessThan(1_500);
  await openOn(edge, 3);
});

test('a killed worker is back within a second, the tunnels of others are intact, counters are not doubled', async () => {
  const edge = await startEdge();
  const tunnels = await openOn(edge, 3);
  const handshakes = 'longwire_edge_handshakes_total{status="101"}';
  expect(await metric(edge, handshakes)).toBe(tunnels.length);
  const victim = tunnels[0]?.worker ?? 0;
  process.kill(victim, 'SIGKILL');
  const [ended] = await edge.until(({ msg }) => msg === 'worker ended, starting another');
  const [, , , back] = await edge.until(({ msg }) => msg === 'worker serves', 4);
  expect(momentOf(back) - momentOf(ended) - keptWaiting(Number(back?.['pid']))).toBeLessThan(1_000);
  await until(() => isReady(edge));

  const others = tunnels.filter(({ worker }) => worker !== victim);
  for (const tunnel of others) await echoes(tunnel);
  for (const { client, worker } of tunnels) if (worker === victim) await client.ended();
  expect(await metric(edge, handshakes)).toBe(tunnels.length);
  const more = await openOn(edge, 3);
  expect(more.map(({ worker }) => worker)).not.toContain(victim);
  expect(await metric(edge, handshakes)).toBe(tunnels.length + more.length);
  expect(await metric(edge, 'longwire_edge_tunnels')).toBe(others.length + more.length);
});

test('killing the primary leaves no worker', async () => {
  const edge = await startEdge();
  const workers = new Set((await openOn(edge, 3)).map(({ worker }) => worker));
  edge.child.kill('SIGKILL');
  for (const worker of workers) await until(async () => !(await isAlive(worker)));
});

test('a signal to the whole process group is followed once, by the primary', async () => {
  const edge = await startEdge();
  const [tunnel] = await openOn(edge, 3);
  for (const worker of new Set(edge.lines.flatMap(({ worker }) => Number(worker) || [])))
    process.kill(worker, 'SIGINT');
  await echoes(tunnel ?? (await open(edge)));
  edge.child.kill('SIGINT');
  expect(await once(edge.child, 'exit')).toEqual([0, null]);
});

test('an edge whose port is taken by another program says so and ends', async () => {
  const { port: taken } = parts.use(await startOrigin());
  const edge = await startEdge({ EDGE_LISTEN: `127.0.0.1:${taken}` });
  if (edge.child.exitCode === null) await once(edge.child, 'exit');
  expect(edge.child.exitCode).toBe(1);
  expect(JSON.stringify(edge.lines)).toContain('EADDRINUSE');
});
