import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type ConnectionOptions } from 'node:tls';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfSigned } from './certificate.ts';
import { startEchoOrigin } from './echo-origin.ts';
import { startEdgeProcess, type EdgeProcess } from './edge-process.ts';
import { handshake, Peer } from './harness.ts';
import { knownState } from './known-config.ts';

const WORKERS = 3;
const backToOrigin = BackToOrigin.BACK_TO_ORIGIN_HTTP;

let parts: AsyncDisposableStack;
let port: number;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const { path } = parts.use(await knownState(parts.use(await startEchoOrigin()), { backToOrigin }));
  const { cert, key } = selfSigned('a.test');
  const folder = join(path, 'tls');
  await mkdir(folder);
  await Promise.all([writeFile(join(folder, 'tls.crt'), cert), writeFile(join(folder, 'tls.key'), key)]);
  port = await freePort();
  environment = {
    EDGE_LISTEN: `127.0.0.1:${await freePort()}`,
    EDGE_TLS_LISTEN: `127.0.0.1:${port}`,
    EDGE_TLS_DIR: folder,
    EDGE_STATE_DIR: path,
    EDGE_WORKERS: `${WORKERS}`,
  };
});
afterEach(() => parts.disposeAsync());

const startEdge = async (): Promise<EdgeProcess> => parts.use(await startEdgeProcess(environment));

/** Opens a tunnel by TLS: whether its session was taken up again, the ticket for the next one, and the worker that carries it. */
async function open(edge: EdgeProcess, options: ConnectionOptions) {
  const socket = connect({ host: '127.0.0.1', port, servername: 'a.test', rejectUnauthorized: false, ...options });
  const ticket = once(socket, 'session');
  await once(socket, 'secureConnect');
  const client = new Peer(socket);
  const id = `${port}-${socket.localPort}`;
  socket.write(handshake('a.test', `X-Request-Id: ${id}`));
  expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
  const [line] = await edge.until(({ msg, requestId }) => msg === 'tunnel open' && requestId === id);
  const isReused = socket.isSessionReused();
  const [session] = isReused ? [options.session] : await ticket;
  socket.destroy();
  return { isReused, session, worker: Number(line?.['worker']) };
}

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a session by %s goes on with every worker of the edge', async (version) => {
  const edge = await startEdge();
  const only = { minVersion: version, maxVersion: version };
  const { session, isReused, worker } = await open(edge, only);
  expect(isReused).toBe(false);
  const others = new Set<number>();
  while (others.size < WORKERS) {
    const again = await open(edge, { ...only, session });
    expect(again.isReused).toBe(true);
    others.add(again.worker);
  }
  expect(others).toContain(worker);
});

test('a session goes on with a worker that was started anew', async () => {
  const edge = await startEdge();
  const { session, worker } = await open(edge, {});
  process.kill(worker, 'SIGKILL');
  await edge.until(({ msg }) => msg === 'worker ended, starting another');
  const known = new Set(edge.lines.flatMap((line) => Number(line['worker']) || []));
  let again: Awaited<ReturnType<typeof open>> | undefined;
  while (!again || known.has(again.worker)) {
    again = await open(edge, { session }).catch(() => undefined); // one that the dead one had not accepted
  }
  expect(again.isReused).toBe(true);
});

test('a ticket ends with its edge: the next one seals with keys of its own, and shakes hands anew', async () => {
  const first = await startEdge();
  const { session } = await open(first, {});
  first.child.kill('SIGTERM');
  await once(first.child, 'exit');
  const { isReused } = await open(await startEdge(), { session });
  expect(isReused).toBe(false);
});
