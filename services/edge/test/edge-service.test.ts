import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@longwire/contracts';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { EdgeServiceService } from '@longwire/contracts/edge/v1/edge_service';
import { ensureBucket } from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { freePort, startIssuer, startNats, type TestIssuer } from '@longwire/testing';
import type { KV } from '@nats-io/kv';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { startEchoOrigin } from './echo-origin.ts';
import { startEdgeProcess, type EdgeProcess } from './edge-process.ts';
import { handshake, Peer, type TestOrigin } from './harness.ts';
import { knownConfig } from './known-config.ts';

// Two edges of two workers each, the real config service and a real nats-server.
const stack = new AsyncDisposableStack();
const ids = ['edge-a', 'edge-b'];
const domains = { 'a.test': 'acme', 'b.test': 'acme', 'other.test': 'globex' };
const silent = createLogger('test', 'silent');

let issuer: TestIssuer;
let origin: TestOrigin;
let bucket: KV;
let configAddress: string;
let version = 100n;
const ports: number[] = [];
const edges: EdgeProcess[] = [];
const clients: Peer[] = [];

beforeAll(async () => {
  const nats = stack.use(await startNats());
  issuer = stack.use(await startIssuer());
  origin = stack.use(await startEchoOrigin());
  const connection = stack.adopt(await connectNats(nats.url, 'test', silent), (each) => each.close());
  bucket = await ensureBucket(connection, 'edge-config');
  for (const [domainName, accountId] of Object.entries(domains)) await put({ domainName, accountId });
  configAddress = await startConfigService(nats.url);
  for (const id of ids) {
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
    stack.defer(() => rm(folder, { recursive: true }));
    const where = { EDGE_ID: id, EDGE_LISTEN: `127.0.0.1:${port}`, EDGE_STATE_DIR: folder };
    edges.push(stack.use(await startEdgeProcess({ ...where, EDGE_WORKERS: '2', NATS_URL: nats.url })));
    ports.push(port);
  }
  await vi.waitFor(() => allRun(version), { timeout: 10_000 });
}, 30_000);

afterAll(() => stack.disposeAsync());

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  const operator = await as('operator');
  while ((await operator.listConnections({})).totalCount > 0n) await sleep(20);
});

async function startConfigService(natsUrl: string): Promise<string> {
  const [grpc, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../config/src/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { NATS_URL: natsUrl, GRPC_LISTEN: grpc, ADMIN_LISTEN: admin, LOG_LEVEL: 'error', ...issuer.env },
  });
  stack.defer(() => void child.kill('SIGKILL'));
  await vi.waitFor(async () => expect(await (await fetch(`http://${admin}/livez`)).text()).toBe('ok\n'), 10_000);
  await vi.waitFor(async () => (await as('operator', grpc)).listEdges({}), 10_000);
  return grpc;
}

async function as(role: string, address = configAddress) {
  const token = await issuer.token({
    sub: `user-${role}`,
    roles: [role],
    ...(role === 'customer' && { account: 'acme' }),
  });
  return createClient(EdgeServiceService, address, { token: () => token });
}

async function put(changes: Partial<DomainConfig>): Promise<bigint> {
  const config = { ...knownConfig(origin), ...changes, version: ++version };
  await bucket.put(config.domainName.replaceAll('.', '_'), JSON.stringify(DomainConfig.toJSON(config)));
  return version;
}

async function allRun(wanted: bigint): Promise<void> {
  const { edges: reported } = await (await as('operator')).listEdges({});
  const running = reported.filter(({ status }) => (status?.configVersion ?? 0n) >= wanted);
  expect(running.map(({ status }) => status?.edgeId)).toEqual(ids);
}

async function open(edge: number, host: string): Promise<{ client: Peer; status: string }> {
  const client = new Peer(connect(ports[edge] ?? 0, '127.0.0.1'));
  clients.push(client);
  client.socket.write(handshake(host));
  return { client, status: (await client.head()).slice(9, 12) };
}

const ping = Buffer.of(0x89, 0x80, 0, 0, 0, 0);

test('connections of every worker of every edge are listed, those open for longest first, with what went through', async () => {
  const opened = [];
  for (let index = 0; index < 12; index++) opened.push(await open(index % 2, 'a.test'));
  const [first] = opened;
  first?.client.socket.write(ping);
  await first?.client.bytes(6);
  const { connections, totalCount, silentEdgeIds } = await (await as('operator')).listConnections({ limit: 10 });
  expect([connections.length, totalCount, silentEdgeIds]).toEqual([10, 12n, []]);
  expect(connections.map(({ edgeId }) => edgeId)).toEqual(Array.from({ length: 10 }, (_, index) => ids[index % 2]));
  expect(new Set(connections.map(({ connectionId }) => connectionId.split('-')[0])).size).toBeGreaterThan(2);
  expect(connections[0]).toMatchObject({
    domainName: 'a.test',
    accountId: 'acme',
    clientAddress: '127.0.0.1',
    originAddress: `127.0.0.1:${origin.port}`,
    bytesFromClient: 6n,
    bytesToClient: 6n,
  });
});

test('a filter takes those that match all of its fields', async () => {
  const operator = await as('operator');
  await open(0, 'a.test');
  await open(1, 'a.test');
  await open(1, 'b.test');
  const count = async (filter: object) =>
    (await operator.listConnections({ filter: { ...nothing, ...filter } })).totalCount;
  expect(await count({ domainName: 'a.test' })).toBe(2n);
  expect(await count({ domainName: 'a.test', edgeId: 'edge-b' })).toBe(1n);
  expect(await count({ clientAddress: '127.0.0.0/8' })).toBe(3n);
  expect(await count({ clientAddress: '10.0.0.0/8' })).toBe(0n);
  expect(await count({ minAge: { seconds: 60n, nanos: 0 } })).toBe(0n);
  await vi.waitFor(async () => expect(await count({ minIdle: { seconds: 1n, nanos: 0 } })).toBe(3n), 5_000);
});

const nothing = {
  accountId: '',
  domainName: '',
  edgeId: '',
  connectionIds: [],
  clientAddress: '',
  minAge: undefined,
  minIdle: undefined,
};

test('a customer sees and closes connections of its own account, and nobody without a right sees any', async () => {
  await open(0, 'a.test');
  const { client } = await open(0, 'other.test');
  const customer = await as('customer');
  expect((await customer.listConnections({})).connections.map(({ accountId }) => accountId)).toEqual(['acme']);
  const closing = await customer.closeConnections({ filter: { ...nothing, edgeId: 'edge-a' } });
  expect(closing.edges).toEqual([{ edgeId: 'edge-a', closedCount: 1n }]);
  client.socket.write(ping);
  await client.bytes(6);
  const denied = { code: 'PERMISSION_DENIED' };
  await expect(customer.listConnections({ filter: { ...nothing, accountId: 'globex' } })).rejects.toMatchObject(denied);
  await expect(customer.listEdges({})).rejects.toMatchObject(denied);
  await expect((await as('reviewer')).listConnections({})).rejects.toMatchObject(denied);
});

test('closing gives the code and the reason to those that match, on every edge, and leaves the others alone', async () => {
  const victims = [await open(0, 'a.test'), await open(1, 'a.test'), await open(1, 'a.test')];
  const { client: other } = await open(1, 'b.test');
  const { edges: closed, silentEdgeIds } = await (
    await as('operator')
  ).closeConnections({ filter: { ...nothing, domainName: 'a.test' }, code: 4001, reason: 'sign in again' });
  expect(silentEdgeIds).toEqual([]);
  expect(closed).toEqual([
    { edgeId: 'edge-a', closedCount: 1n },
    { edgeId: 'edge-b', closedCount: 2n },
  ]);
  for (const { client } of victims) {
    await client.ended();
    expect([client.received.readUInt16BE(2), String(client.received.subarray(4))]).toEqual([4001, 'sign in again']);
  }
  other.socket.write(ping);
  await other.bytes(6);
});

test('closing everything, a code that an endpoint may not send and a reason that is too long are refused, all at once', async () => {
  const operator = await as('operator');
  const closing = operator.closeConnections({ code: 1006, reason: 'é'.repeat(62) });
  await expect(closing).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: { fieldViolations: [{ field: 'filter' }, { field: 'code' }, { field: 'reason' }] },
  });
});

test('an edge that does not answer is named, and the others are listed', async () => {
  await open(1, 'a.test');
  edges[0]?.child.kill('SIGSTOP');
  try {
    const { silentEdgeIds, totalCount } = await (await as('operator')).listConnections({});
    expect([silentEdgeIds, totalCount]).toEqual([['edge-a'], 1n]);
  } finally {
    edges[0]?.child.kill('SIGCONT');
  }
});

test('an edge reports a version when every worker of it runs it', async () => {
  for (const websocketEnabled of [false, true, false, true]) {
    await put({ domainName: 'b.test', websocketEnabled });
    await vi.waitFor(() => allRun(version), { timeout: 2_000, interval: 5 });
    const answers = await Promise.all(Array.from({ length: 16 }, (_, index) => open(index % 2, 'b.test')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([websocketEnabled ? '101' : '403']));
  }
});

test('a config that cannot be served leaves the one before in force and is reported; others advance', async () => {
  await bucket.put('b_test', JSON.stringify({ domainName: 'b.test', version: `${++version}`, websocketEnabled: true }));
  const later = await put({ domainName: 'a.test', websocketEnabled: false });
  const operator = await as('operator');
  await vi.waitFor(async () => {
    const { edges: reported } = await operator.listEdges({});
    expect(reported.map(({ status }) => status?.configVersion)).toEqual([later, later]);
    for (const { status } of reported) expect(status?.refusedConfigs).toMatchObject([{ key: 'b_test' }]);
  }, 5_000);
  expect((await open(0, 'b.test')).status).toBe('101');
  expect((await open(0, 'a.test')).status).toBe('403');
  await put({ domainName: 'b.test' });
  await put({ domainName: 'a.test' });
  await vi.waitFor(async () => {
    const { edges: reported } = await operator.listEdges({});
    for (const { status, silent: isSilent } of reported) {
      expect([status?.refusedConfigs, isSilent]).toEqual([[], false]);
      expect(status).toMatchObject({ workerCount: 2, readyWorkerCount: 2, softwareVersion: '0.1.0' });
      expect(Date.now() - Number(status?.configConfirmTime)).toBeLessThan(5_000);
    }
  }, 5_000);
});
