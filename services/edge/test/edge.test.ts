import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackToOrigin, DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { SampleBatch, type DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { ensureBucket, ensureStream } from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { startNats, type NatsServer } from '@longwire/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { readConfig } from '../src/config.ts';
import { start, type EdgeService } from '../src/service.ts';
import { stopwatch } from './stopwatch.ts';

const log = createLogger('test', 'silent');

let parts: AsyncDisposableStack;
let nats: NatsServer;
let connection: NatsConnection;
let bucket: KV;
let stateDir: string;
let origin: WebSocketServer;
let version = 0n;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  nats = parts.use(await startNats());
  connection = parts.adopt(await connectNats(nats.url, 'test', log), (each) => each.close());
  bucket = await ensureBucket(connection, 'edge-config');
  await ensureStream(connection, { name: 'SAMPLES', subjects: ['samples.*'] });
  stateDir = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
  parts.defer(() => rm(stateDir, { recursive: true }));
  origin = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  origin.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
  parts.defer(() => origin.close());
  await once(origin, 'listening');
});
afterEach(() => parts.disposeAsync());

async function startEdge(): Promise<EdgeService> {
  const config = readConfig({
    EDGE_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    EDGE_ID: 'edge-1',
    EDGE_STATE_DIR: stateDir,
    EDGE_WORKERS: '1',
    EDGE_DRAIN_ACCEPT_MS: '0',
    EDGE_DRAIN_SPREAD_MS: '0',
    EDGE_DRAIN_DEADLINE_MS: '5000',
    ORIGIN_ALLOW: '127.0.0.0/8',
    NATS_URL: nats.url,
  });
  return start(config, log);
}

/** Lets an edge learn a config, and stops it. */
async function runOnce(): Promise<void> {
  await using _ = await startEdge();
  await applied(await put());
}

/** Writes a domain's config as the control plane does. */
async function put(changes: Partial<DomainConfig> = {}): Promise<bigint> {
  const address = origin.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const config = DomainConfig.create({
    domainName: 'chat.acme.test',
    accountId: 'acme',
    version: ++version,
    websocketEnabled: true,
    heartbeatSeconds: 60,
    backToOrigin: BackToOrigin.BACK_TO_ORIGIN_FOLLOW,
    origins: [{ host: '127.0.0.1', httpPort: address.port, httpsPort: address.port }],
    ...changes,
  });
  const key = config.domainName.replace('*', '=any').replaceAll('.', '_');
  await bucket.put(key, JSON.stringify(DomainConfig.toJSON(config)));
  return version;
}

async function until<T>(read: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    await sleep(10);
  }
}

/** Waits until the edge has reported this version or a later one. */
function applied(atLeast: bigint): Promise<EdgeStatus> {
  return until(async () => {
    const statuses = await ensureBucket(connection, 'edge-status');
    const entry = await statuses.get('edge-1');
    const status = entry ? EdgeStatus.fromJSON(entry.json()) : undefined;
    return status && status.configVersion >= atLeast ? status : undefined;
  });
}

const isReady = async (edge: EdgeService) => (await fetch(`http://${edge.adminAddress}/readyz`)).status === 200;

function open(edge: EdgeService, host = 'chat.acme.test'): WebSocket {
  return new WebSocket(`ws://${edge.address}/`, { headers: { host }, perMessageDeflate: false });
}

/** The status of a handshake: 101, or the one of its refusal. */
async function statusOf(edge: EdgeService, host?: string): Promise<number> {
  const socket = open(edge, host);
  socket.on('error', () => {});
  const status = await Promise.race([
    once(socket, 'open').then(() => 101),
    once(socket, 'unexpected-response').then(([, response]) => Number(response.statusCode)),
  ]);
  socket.terminate();
  return status;
}

async function echo(socket: WebSocket, message: Buffer): Promise<void> {
  socket.send(message);
  const [answer] = await once(socket, 'message');
  expect(message.equals(answer)).toBe(true);
}

/** Every row of every batch in the stream. */
async function samples(): Promise<DomainSecond[]> {
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info('SAMPLES');
  const rows: DomainSecond[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage('SAMPLES', { seq });
    if (!message) continue;
    expect(message.subject).toBe('samples.edge-1');
    rows.push(...SampleBatch.decode(message.data).seconds);
  }
  return rows;
}

function total(rows: DomainSecond[], of: (row: DomainSecond) => bigint): number {
  return rows.reduce((sum, row) => sum + Number(of(row)), 0);
}

test('an empty bucket makes it ready; a change of the bucket is served, reported and closed within a second each', async () => {
  await using edge = await startEdge();
  await until(async () => ((await isReady(edge)) ? true : undefined));
  expect(await statusOf(edge)).toBe(404);

  const applying = stopwatch();
  const status = await applied(await put());
  expect(applying()).toBeLessThan(1_000);
  expect(status).toMatchObject({ edgeId: 'edge-1', activeConnections: 0 });
  const socket = open(edge);
  await once(socket, 'open');
  await echo(socket, randomBytes(100));

  const switchingOff = stopwatch();
  await put({ websocketEnabled: false });
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([1001, 'websocket disabled for this domain']);
  expect(switchingOff()).toBeLessThan(1_000);
  expect(await statusOf(edge)).toBe(403);
});

test('a config that cannot be served leaves the old one in force, and others advance', async () => {
  await using edge = await startEdge();
  await applied(await put());
  await bucket.put('chat_acme_test', '{"domainName":"chat.acme.test","version":"999","websocketEnabled":true}');
  await bucket.put('other', 'no JSON');
  await applied(await put({ domainName: '*.acme.test' }));
  expect(await statusOf(edge)).toBe(101);
  expect(await statusOf(edge, 'other.acme.test')).toBe(101);
});

test('the bytes of the samples are the bytes of the wire, to the byte, and each handshake counts once', async () => {
  let counted: { sent: number; received: number };
  {
    await using edge = await startEdge();
    await applied(await put());
    await applied(await put({ domainName: 'off.acme.test', websocketEnabled: false }));
    const socket = open(edge);
    await once(socket, 'open');
    const wire = Reflect.get(socket, '_socket');
    const before = { sent: wire.bytesWritten, received: wire.bytesRead };
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) await echo(socket, randomBytes(size));
    await sleep(1_100); // so that the bytes lie in more than one second
    await echo(socket, randomBytes(1_000));
    expect(await statusOf(edge, 'off.acme.test')).toBe(403);
    expect(await statusOf(edge, 'nobody.test')).toBe(404);
    socket.close(1000, 'done');
    await once(socket, 'close');
    counted = { sent: wire.bytesWritten - before.sent, received: wire.bytesRead - before.received };
  }
  const all = await samples();
  const rows = all.filter(({ domainName }) => domainName === 'chat.acme.test');
  expect(rows.length).toBeGreaterThanOrEqual(2);
  expect(new Set(rows.map(({ second }) => second)).size).toBe(rows.length);
  expect(total(rows, (row) => row.bytesFromClient)).toBe(counted.sent);
  expect(total(rows, (row) => row.bytesToClient)).toBe(counted.received);
  expect(total(rows, (row) => row.messagesFromClient)).toBe(8);
  expect(total(rows, (row) => row.messagesToClient)).toBe(8);
  expect(total(rows, (row) => row.openedConnections)).toBe(1);
  expect(total(rows, (row) => row.closedConnections)).toBe(1);
  expect(total(rows, (row) => row.handshakeStatuses[101] ?? 0n)).toBe(1);
  const refused = all.filter(({ domainName }) => domainName === 'off.acme.test');
  expect(refused).toMatchObject([{ accountId: 'acme', handshakeStatuses: { 403: 1n } }]);
  expect(all).toHaveLength(rows.length + refused.length);
});

test('with the control plane gone it serves unchanged, sends its samples later, and catches up with the bucket', async () => {
  await using edge = await startEdge();
  await applied(await put());
  const socket = open(edge);
  await once(socket, 'open');
  await nats.stop();
  for (let round = 0; round < 3; round++) {
    await echo(socket, randomBytes(1_000));
    expect(await statusOf(edge)).toBe(101);
    await sleep(400);
  }
  await nats.restart();
  const back = stopwatch();
  const rows = await until(async () => {
    const soFar = await samples().catch(() => []); // the test's own connection comes back in its time, too
    return total(soFar, (row) => row.bytesToClient) >= 3 * 1_004 ? soFar : undefined;
  });
  expect(new Set(rows.map(({ second }) => second)).size).toBe(rows.length);
  await put({ websocketEnabled: false });
  await once(socket, 'close');
  expect(back()).toBeLessThan(10_000);
});

test('started without the control plane it serves what it knew last, and older configs change nothing later', async () => {
  await runOnce();
  await nats.stop();
  const starting = stopwatch();
  await using edge = await startEdge();
  expect(await isReady(edge)).toBe(true);
  expect(await statusOf(edge)).toBe(101);
  expect(starting()).toBeLessThan(1_000);

  await nats.restart();
  const known = version;
  await until(() =>
    bucket.delete('chat_acme_test').then(
      () => true,
      () => undefined,
    ),
  );
  version = 0n;
  await put({ websocketEnabled: false });
  version = known;
  await applied(await put({ domainName: 'later.acme.test' }));
  expect(await statusOf(edge)).toBe(101);
});

test('an empty bucket wipes nothing of what is held', async () => {
  await runOnce();
  await bucket.destroy();
  bucket = await ensureBucket(connection, 'edge-config');
  await using edge = await startEdge();
  await applied(await put({ domainName: 'later.acme.test' }));
  expect(await statusOf(edge)).toBe(101);
});

test('started with a damaged file and no control plane it is not ready, and serves nothing rather than something wrong', async () => {
  await runOnce();
  const path = join(stateDir, 'last-known-good');
  await writeFile(path, (await readFile(path)).subarray(0, -1));
  await nats.stop();
  await using edge = await startEdge();
  expect(await isReady(edge)).toBe(false);
  expect(await statusOf(edge)).toBe(404);
});
