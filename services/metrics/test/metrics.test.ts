import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createClient as createClickHouseClient } from '@clickhouse/client';
import { createClient, DomainError } from '@longwire/contracts';
import { SampleBatch } from '@longwire/contracts/edge/v1/samples';
import type { DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { MetricsServiceService } from '@longwire/contracts/metrics/v1/metrics_service';
import { createLogger } from '@longwire/service';
import { type ClickHouse, type NatsServer, startClickHouse, startIssuer, startNats } from '@longwire/testing';
import type { TestIssuer } from '@longwire/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { ChangedMigration, migrate, readMigrations } from '../src/migrate.ts';
import { start } from '../src/service.ts';
import { startClickHouseProxy } from './clickhouse-proxy.ts';

// An hour ago, at the start of a minute: inside of what ingestion takes, whenever the test runs.
const noon = Math.floor(Date.now() / 60_000) * 60 - 3_600;
const at = (second: number) => new Date((noon + second) * 1_000);
const huge = 2n ** 53n + 1n;

const parts = new AsyncDisposableStack();
let issuer: TestIssuer;
let clickhouse: ClickHouse;
beforeAll(async () => {
  issuer = parts.use(await startIssuer());
  clickhouse = parts.use(await startClickHouse());
});
afterAll(() => parts.disposeAsync());

describe('what edges measured', () => {
  let world: World;
  beforeAll(async () => {
    world = parts.use(await startWorld(parts.use(await startNats()), clickhouse.url));
  });

  test('comes back to the byte, summed over edges, gaps as zeros', async () => {
    await world.publish('edge-1', 1n, [
      second('a.example', 0, { bytesFromClient: huge, bytesToClient: 10n }),
      second('a.example', 2, { bytesFromClient: 3n, bytesToClient: 4n }),
      second('b.example', 2, { bytesFromClient: 100n }),
    ]);
    await world.publish('edge-2', 1n, [second('a.example', 0, { bytesFromClient: huge, bytesToClient: 5n })]);
    await world.drained();

    const { interval, points } = await world.query({ domainNames: ['a.example'], startTime: at(0), endTime: at(4) });
    expect(interval?.seconds).toBe(1n);
    expect(points.map(({ time, bytesFromClient, bytesToClient }) => [time, bytesFromClient, bytesToClient])).toEqual([
      [at(0), 2n * huge, 15n],
      [at(1), 0n, 0n],
      [at(2), 3n, 4n],
      [at(3), 0n, 0n],
    ]);
    expect(points.map(({ toClientBps }) => toClientBps)).toEqual([120, 0, 32, 0]);
  });

  test('is summed over domains, and a cut-off interval has the mean of what is asked for', async () => {
    const asked = { startTime: at(2), endTime: at(62), interval: { seconds: 60n, nanos: 0 } };
    const { points } = await world.query(asked);
    expect(points.map(({ time, bytesFromClient }) => [time, bytesFromClient])).toEqual([
      [at(0), 103n],
      [at(60), 0n],
    ]);
    expect(points[0]?.fromClientBps).toBeCloseTo((103 * 8) / 58);
  });

  test('counts once when it is stored twice and not merged', async () => {
    await world.command('SYSTEM STOP MERGES samples');
    const sample = second('twice.example', 0, { bytesToClient: 7n, handshakeStatuses: { 101: 1n } });
    await world.publish('edge-1', 2n, [sample]);
    await world.drained();
    await world.publish('edge-1', 2n, [sample, second('twice.example', 1, { bytesToClient: 1n })]);
    await world.drained();

    expect(await world.rows("SELECT count() AS n FROM samples WHERE domain_name = 'twice.example'")).toEqual([
      { n: 3 },
    ]);
    const asked = { domainNames: ['twice.example'], startTime: at(0), endTime: at(2) };
    expect((await world.query(asked)).points.map(({ bytesToClient }) => bytesToClient)).toEqual([7n, 1n]);
    expect(
      await world.rows("SELECT sum(bytes_to_client) AS n FROM domain_seconds WHERE domain_name = 'twice.example'"),
    ).toEqual([{ n: 8 }]);
  });

  test('of one boot has the values of its latest batch, in whichever order they come', async () => {
    for (const [sequence, bytesToClient] of [
      [5n, 50n],
      [7n, 70n],
      [6n, 60n],
    ] as const) {
      await world.publish('edge-1', sequence, [second('grown.example', 0, { bytesToClient })]);
      await world.drained();
    }
    const { points } = await world.query({ domainNames: ['grown.example'], startTime: at(0), endTime: at(1) });
    expect(points.map(({ bytesToClient }) => bytesToClient)).toEqual([70n]);
  });

  test('of handshakes comes by status code', async () => {
    await world.publish('edge-1', 8n, [
      second('codes.example', 0, { handshakeStatuses: { 101: 3n, 403: 1n } }),
      second('codes.example', 2, { handshakeStatuses: { 499: 2n, 101: huge, 502: 0n } }),
    ]);
    await world.publish('edge-2', 8n, [second('codes.example', 0, { handshakeStatuses: { 101: 4n } })]);
    await world.drained();

    const asked = { domainNames: ['codes.example'], startTime: at(0), endTime: at(3) };
    const { points } = await world.client.queryStatusCodes(asked, { token: await customer('acc-1') });
    expect(points).toEqual([
      {
        time: at(0),
        counts: [
          { code: 101, count: 7n },
          { code: 403, count: 1n },
        ],
      },
      { time: at(1), counts: [] },
      {
        time: at(2),
        counts: [
          { code: 101, count: huge },
          { code: 499, count: 2n },
        ],
      },
    ]);
  });

  test('of connections comes as the most that were open, and by what ended them', async () => {
    const heartbeat = { side: 'edge', cause: 'heartbeat', code: 1001, count: 2n };
    const bye = { side: 'client', cause: 'close_frame', code: 1000, count: 1n };
    const asked = { domainNames: ['open.example', 'too.example'], startTime: at(0), endTime: at(6) };
    await world.publish('edge-1', 10n, [
      second('open.example', 0, { activeConnections: 5n, openedConnections: 5n }),
      second('open.example', 1, { activeConnections: 2n, closedConnections: 3n, closes: [heartbeat, bye] }),
      second('too.example', 1, { activeConnections: 4n, openedConnections: 4n }),
      second('open.example', 4, { closedConnections: 2n, closes: [heartbeat] }),
    ]);
    await world.publish('edge-2', 10n, [
      second('open.example', 1, { activeConnections: 1n, closedConnections: 2n, closes: [heartbeat] }),
    ]);
    await world.drained();

    const token = await customer('acc-1');
    const { points } = await world.client.queryConnections(
      { ...asked, interval: { seconds: 3n, nanos: 0 } },
      { token },
    );
    expect(points).toEqual([
      { time: at(0), active: 7n, opened: 9n, closed: 5n, closes: [bye, { ...heartbeat, count: 4n }] },
      { time: at(3), active: 0n, opened: 0n, closed: 2n, closes: [heartbeat] },
    ]);
    const ofOthers = await world.client.queryConnections(asked, { token: await customer('acc-2') });
    expect(ofOthers.points.map(({ active }) => active)).toEqual([0n, 0n, 0n, 0n, 0n, 0n]);
  });

  test('of durations adds up over edges, bucket by bucket', async () => {
    await world.publish('edge-1', 11n, [
      second('slow.example', 0, { handshakeDurations: [0n, 2n, 1n], originRoundTrips: [4n] }),
    ]);
    await world.publish('edge-2', 11n, [second('slow.example', 0, { handshakeDurations: [1n, 1n] })]);
    await world.drained();
    expect(
      await world.rows(
        "SELECT handshake_durations, client_round_trips, origin_round_trips FROM domain_seconds WHERE domain_name = 'slow.example'",
      ),
    ).toEqual([{ handshake_durations: [1, 3, 1], client_round_trips: [], origin_round_trips: [4] }]);
  });

  test('is shown to its account, to reviewers and operators, and to nobody else', async () => {
    const asked = { domainNames: ['a.example'], startTime: at(0), endTime: at(1) };
    const seenBy = async (token: string) =>
      (await world.client.queryBandwidth(asked, { token })).points[0]?.bytesToClient;
    expect(await seenBy(await customer('acc-1'))).toBe(15n);
    expect(await seenBy(await customer('acc-2'))).toBe(0n);
    expect(await seenBy(await issuer.token({ roles: ['reviewer'] }))).toBe(15n);
    expect(await seenBy(await issuer.token({ roles: ['operator'] }))).toBe(15n);

    const named = world.client.queryBandwidth({ ...asked, accountId: 'acc-1' }, { token: await customer('acc-2') });
    await expect(named).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const nobody = world.client.queryStatusCodes(asked, { token: await issuer.token({ account: 'acc-1' }) });
    await expect(nobody).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('can be asked for a hundred long names, and for what no text of SQL may spoil', async () => {
    const label = 'x'.repeat(60);
    const domainNames = Array.from({ length: 100 }, (_, index) => `d${index}.${label}.${label}.${label}.example`);
    const { points } = await world.query({ domainNames, startTime: at(0), endTime: at(1) });
    expect(points.map(({ bytesToClient }) => bytesToClient)).toEqual([0n]);
    const accountId = "acc-1' OR '1'='1";
    const token = await issuer.token({ roles: ['operator'] });
    const injected = await world.client.queryBandwidth({ accountId, startTime: at(0), endTime: at(1) }, { token });
    expect(injected.points.map(({ bytesToClient }) => bytesToClient)).toEqual([0n]);
  });

  test('older than what is kept is zeros', async () => {
    const asked = { startTime: new Date('1960-01-01T00:00:00Z'), endTime: new Date('1960-01-03T00:00:00Z') };
    const { points } = await world.query({ ...asked, interval: { seconds: 86_400n, nanos: 0 } });
    expect(points.map(({ time, bytesToClient }) => [time, bytesToClient])).toEqual([
      [asked.startTime, 0n],
      [new Date('1960-01-02T00:00:00Z'), 0n],
    ]);
  });

  test('is refused with every bad field at once', async () => {
    const asked = {
      domainNames: ['UPPER.example'],
      startTime: at(2),
      endTime: at(1),
      interval: { seconds: -1n, nanos: 5 },
    };
    const error = await world.query(asked).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELDS' });
    const fields = error instanceof DomainError && error.details.fieldViolations?.map(({ field }) => field);
    expect(fields).toEqual(['domain_names[0]', 'end_time', 'interval']);
  });

  test('but cannot be read goes to the dead letters, and the rest goes on', async () => {
    await world.publishRaw('edge-9', new TextEncoder().encode('no protobuf at all'));
    await world.publish('edge-1', 9n, [second('after.example', 0, { bytesToClient: 1n })]);
    await world.drained();

    const { points } = await world.query({ domainNames: ['after.example'], startTime: at(0), endTime: at(1) });
    expect(points[0]?.bytesToClient).toBe(1n);
    expect(await world.deadLetters()).toEqual(['deadletter.SAMPLES.metrics']);
    expect(await world.figure('longwire_metrics_undecodable_total')).toBe(1);
    expect(await world.figure('longwire_metrics_samples_pending')).toBe(0);
  });
});

describe('nothing is lost and nothing counts twice', () => {
  test('when ClickHouse is killed in the middle of an insert and comes back later', async () => {
    await using store = await startClickHouse();
    await using nats = await startNats();
    await using proxy = await startClickHouseProxy(store.url);
    await using world = await startWorld(nats, proxy.url);
    const killed = new Promise<void>((resolve, reject) =>
      proxy.onInsert('sent', () => store.kill().then(resolve, reject)),
    );
    for (let index = 0; index < 50; index++) await world.publish('edge-1', BigInt(index + 1), minute(index));
    await killed;
    for (let index = 50; index < 300; index++) await world.publish('edge-1', BigInt(index + 1), minute(index));
    await vi.waitFor(
      async () => expect(await world.figure('longwire_metrics_insert_failures_total')).toBeGreaterThan(1),
      waiting,
    );
    await expect(world.query({})).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' });
    expect(await world.ready()).toBe('ok\n');
    expect(await world.figure('longwire_metrics_samples_pending')).toBe(300);

    await store.restart();
    await world.drained();
    await expectMinutes(world, 300);
  });

  test('when NATS is killed and comes back', async () => {
    await using nats = await startNats();
    await using store = await startClickHouse();
    await using world = await startWorld(nats, store.url);
    for (let index = 0; index < 50; index++) await world.publish('edge-1', BigInt(index + 1), minute(index));
    await nats.kill();
    expect(await world.figure('longwire_metrics_samples_pending')).toBe(Number.NaN);
    expect((await world.query({ startTime: at(0), endTime: at(1) })).points).toHaveLength(1);
    await nats.restart();
    await vi.waitFor(() => world.publish('edge-1', 51n, minute(50)), waiting); // Until it has reconnected.
    for (let index = 51; index < 100; index++) await world.publish('edge-1', BigInt(index + 1), minute(index));
    await world.drained();
    await expectMinutes(world, 100);
  }, 90_000); // What was under way comes again after 10 s.

  test('when the service is killed between the insert and the acknowledgement', async () => {
    await using nats = await startNats();
    await using store = await startClickHouse();
    await using proxy = await startClickHouseProxy(store.url);
    await using child = startChild(nats.url, proxy.url);
    await vi.waitFor(() => expect(child.output()).toContain('schema in place'), waiting);
    await using publisher = await connectPublisher(nats);
    const gone = once(child.process, 'exit');
    proxy.onInsert('confirmed', async () => void child.process.kill('SIGKILL'));
    for (let index = 0; index < 50; index++) await publisher.publish('edge-1', BigInt(index + 1), minute(index));
    await gone;

    await using world = await startWorld(nats, store.url);
    const [stored] = await world.rows<{ n: number }>('SELECT count() AS n FROM samples');
    expect(stored?.n).toBeGreaterThan(0);
    expect(await world.unacknowledged()).toBe(50);
    await world.drained();
    await expectMinutes(world, 50);
  }, 90_000); // NATS waits 10 s for the dead process's acknowledgements.
});

describe('the schema', () => {
  test('is brought up by two instances at once, and again without effect', async () => {
    await using database = await createDatabase('at_once');
    const migrations = await readMigrations();
    await Promise.all([migrate(database.client, migrations), migrate(database.client, migrations)]);
    expect(await migrate(database.client, migrations)).toEqual([]);
    const tables = await database.client.query({ query: 'SHOW TABLES', format: 'JSONEachRow' });
    expect(await tables.json<{ name: string }>()).toEqual(
      ['applied_migrations', 'domain_seconds', 'samples'].map((name) => ({ name })),
    );
  });

  test('whose applied file has changed is refused', async () => {
    await using database = await createDatabase('changed');
    const migrations = await readMigrations();
    await migrate(database.client, migrations);
    const changed = migrations.map((migration) => ({ ...migration, checksum: `${migration.checksum}0` }));
    await expect(migrate(database.client, changed)).rejects.toThrow(ChangedMigration);
  });

  test('is awaited before the service is ready', async () => {
    await using nats = await startNats();
    await using store = await startClickHouse();
    await store.stop();
    await using world = await startWorld(nats, store.url);
    expect(await world.ready()).toBe('the schema is not in place\nthe consumer does not run\n');
    await expect(world.query({})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await store.restart();
    await vi.waitFor(async () => expect(await world.ready()).toBe('ok\n'), waiting);
  });
});

const waiting = { timeout: 20_000, interval: 100 };
type World = Awaited<ReturnType<typeof startWorld>>;

/** The real service between a nats-server and a ClickHouse, with a client and an edge's connection. */
async function startWorld(nats: NatsServer, clickhouseUrl: string) {
  await using stack = new AsyncDisposableStack();
  const service = stack.use(
    await start(readConfig(environment(nats.url, clickhouseUrl)), createLogger('metrics', 'fatal')),
  );
  const client = createClient(MetricsServiceService, service.grpcAddress);
  stack.defer(() => client[Symbol.dispose]());
  const publisher = stack.use(await connectPublisher(nats));
  const direct = createClickHouseClient({ url: clickhouseUrl });
  stack.defer(() => direct.close());
  const admin = async (path: string) => (await fetch(`http://${service.adminAddress}${path}`)).text();
  const consumer = () => publisher.jsm.consumers.info('SAMPLES', 'metrics');
  const running = stack.move();
  return {
    ...publisher,
    client,
    query: async (request: Parameters<typeof client.queryBandwidth>[0]) =>
      client.queryBandwidth(request, { token: await customer('acc-1') }),
    command: (query: string) => direct.command({ query }),
    async rows<Row>(query: string) {
      return (await direct.query({ query, format: 'JSONEachRow' })).json<Row>();
    },
    ready: () => admin('/readyz'),
    async figure(name: string) {
      const line = (await admin('/metrics')).split('\n').find((text) => text.startsWith(`${name} `));
      return Number(line?.split(' ')[1]);
    },
    async unacknowledged() {
      const { num_pending: waits, num_ack_pending: delivered } = await consumer();
      return waits + delivered;
    },
    /** Resolves when every message of the stream is acknowledged. */
    async drained() {
      const { state } = await publisher.jsm.streams.info('SAMPLES');
      await vi.waitFor(async () => expect((await consumer()).ack_floor.stream_seq).toBe(state.last_seq), {
        timeout: 50_000,
        interval: 50,
      });
    },
    async deadLetters() {
      return Object.keys(
        (await publisher.jsm.streams.info('DEADLETTERS', { subjects_filter: '>' })).state.subjects ?? {},
      );
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function connectPublisher(nats: NatsServer) {
  const nc = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const js = jetstream(nc);
  const publishRaw = (edgeId: string, data: Uint8Array) => js.publish(`samples.${edgeId}`, data);
  return {
    jsm: await jetstreamManager(nc),
    publishRaw,
    publish: (edgeId: string, sequence: bigint, seconds: DomainSecond[]) =>
      publishRaw(edgeId, SampleBatch.encode({ edgeId, bootId: 'boot-1', sequence, seconds }).finish()),
    [Symbol.asyncDispose]: () => nc.close(),
  };
}

/** The service as a process of its own, as it is run. */
function startChild(natsUrl: string, clickhouseUrl: string) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/main.ts', import.meta.url))], {
    env: { ...process.env, ...environment(natsUrl, clickhouseUrl), LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  return {
    process: child,
    output: () => output,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
    },
  };
}

async function createDatabase(name: string) {
  const admin = createClickHouseClient({ url: clickhouse.url });
  await admin.command({ query: `CREATE DATABASE ${name}` });
  await admin.close();
  const client = createClickHouseClient({ url: clickhouse.url.replace(/longwire$/, name) });
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

function environment(natsUrl: string, clickhouseUrl: string) {
  return {
    ...issuer.env,
    NATS_URL: natsUrl,
    CLICKHOUSE_URL: clickhouseUrl,
    ADMIN_LISTEN: '127.0.0.1:0',
    GRPC_LISTEN: '127.0.0.1:0',
  };
}

function customer(account: string): Promise<string> {
  return issuer.token({ roles: ['customer'], account });
}

function second(domainName: string, offset: number, values: Partial<DomainSecond>): DomainSecond {
  return {
    domainName,
    accountId: 'acc-1',
    second: BigInt(noon + offset),
    bytesFromClient: 0n,
    bytesToClient: 0n,
    messagesFromClient: 0n,
    messagesToClient: 0n,
    activeConnections: 0n,
    openedConnections: 0n,
    closedConnections: 0n,
    handshakeStatuses: {},
    closes: [],
    handshakeDurations: [],
    clientRoundTrips: [],
    originRoundTrips: [],
    ...values,
  };
}

/** The seconds that batch `index` of a long run carries: each batch one of its own, for two domains. */
function minute(index: number): DomainSecond[] {
  const bytesToClient = BigInt(1_000 + index);
  return ['a.example', 'b.example'].map((name) =>
    second(name, index, { bytesToClient, handshakeStatuses: { 101: 1n } }),
  );
}

/** Every second of a run of `count` batches is there, once, with its own value. */
async function expectMinutes(world: World, count: number): Promise<void> {
  const asked = { startTime: at(0), endTime: at(count), interval: { seconds: 1n, nanos: 0 } };
  const { points } = await world.query(asked);
  const expected = Array.from({ length: count }, (_, index) => 2n * BigInt(1_000 + index));
  expect(points.map(({ bytesToClient }) => bytesToClient)).toEqual(expected);
  const codes = await world.client.queryStatusCodes(asked, { token: await customer('acc-1') });
  expect(codes.points.flatMap(({ counts }) => counts)).toEqual(expected.map(() => ({ code: 101, count: 2n })));
}
