import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEchoOrigin } from './echo-origin.ts';
import { startEdgeProcess, type EdgeProcess } from './edge-process.ts';
import { handshake, Peer } from './harness.ts';
import { knownState } from './known-config.ts';

const WORKERS = 2;
const LIMIT = 3;

let parts: AsyncDisposableStack;
let port: number;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  port = await freePort();
});
afterEach(() => parts.disposeAsync());

async function startEdge(
  environment: NodeJS.ProcessEnv,
  domain: { maxConnections?: number } = {},
): Promise<EdgeProcess> {
  const { path } = parts.use(await knownState(parts.use(await startEchoOrigin()), domain));
  const where = { EDGE_LISTEN: `127.0.0.1:${port}`, EDGE_STATE_DIR: path, EDGE_WORKERS: `${WORKERS}` };
  return parts.use(await startEdgeProcess({ ...where, ...environment }));
}

async function knock(): Promise<{ client: Peer; status: string }> {
  const client = new Peer(connect(port, '127.0.0.1'));
  client.socket.write(handshake('a.test'));
  const [, status = ''] = (await client.head()).split(' ');
  return { client, status };
}

/** How many tunnels each worker carries, as the log of their opening says. */
function byWorker({ lines }: EdgeProcess): number[] {
  const counts = new Map<unknown, number>();
  for (const { msg, worker } of lines) if (msg === 'tunnel open') counts.set(worker, (counts.get(worker) ?? 0) + 1);
  return [...counts.values()];
}

test.each<[string, NodeJS.ProcessEnv, object]>([
  ['an address', { EDGE_MAX_CONNECTIONS_PER_IP: `${LIMIT}` }, {}],
  ['a domain', {}, { maxConnections: LIMIT }],
])('of %s each worker takes its limit and no more, and what is gone may come again', async (_, environment, domain) => {
  const edge = await startEdge(environment, domain);
  const open: Peer[] = [];
  const answers = new Set<string>();
  while (open.length < WORKERS * LIMIT) {
    const { client, status } = await knock();
    if (status === '101') open.push(client);
    answers.add(status);
  }
  expect([...answers].every((status) => ['101', '429'].includes(status))).toBe(true);
  await edge.until(({ msg }) => msg === 'tunnel open', WORKERS * LIMIT);
  expect(byWorker(edge)).toEqual([LIMIT, LIMIT]);
  const more = await Promise.all(Array.from({ length: 20 }, knock));
  expect(new Set(more.map(({ status }) => status))).toEqual(new Set(['429']));
  for (const { socket } of open) socket.end();
  await edge.until(({ msg }) => msg === 'tunnel closed', WORKERS * LIMIT);
  while ((await knock()).status !== '101') await sleep(10); // those that were refused are on their way out still
});
