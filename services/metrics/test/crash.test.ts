import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { startClickHouse, startIssuer, startNats } from '@longwire/testing';
import { describe, expect, test, vi } from 'vitest';
import { startClickHouseProxy } from './clickhouse-proxy.ts';
import { at, second } from './seconds.ts';
import { connectPublisher, environmentOf, startWorld, waiting } from './world.ts';
import type { World } from './world.ts';

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
    await using issuer = await startIssuer();
    await using child = startChild(environmentOf(issuer, nats.url, proxy.url));
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

  test('when every row of a full batch is as long as a row can be', async () => {
    await using nats = await startNats();
    await using store = await startClickHouse();
    {
      await using _ = await startWorld(nats, store.url); // which makes the stream
    }
    await using publisher = await connectPublisher(nats);
    const [messages, domains] = [70, 500];
    for (let index = 0; index < messages; index++)
      await publisher.publish('edge-1', BigInt(index + 1), longestRows(domains, index));

    await using world = await startWorld(nats, store.url);
    await world.drained();
    expect(await world.rows('SELECT count() AS n FROM samples FINAL')).toEqual([{ n: messages * domains }]);
    expect(await world.figure('longwire_metrics_insert_failures_total')).toBe(0);
  }, 90_000);

  test('when the service is away until samples are older than an edge may send them', async () => {
    await using nats = await startNats();
    await using store = await startClickHouse();
    {
      await using _ = await startWorld(nats, store.url); // which makes the stream
    }
    await using publisher = await connectPublisher(nats);
    const oldest = Math.floor(Date.now() / 1_000) - 7 * 86_400 + 1;
    await publisher.publish('edge-1', 1n, [second('late.example', 0, { second: BigInt(oldest), bytesToClient: 7n })]);
    await vi.waitUntil(() => Date.now() / 1_000 - oldest > 7 * 86_400, waiting);

    await using world = await startWorld(nats, store.url);
    await world.drained();
    expect(await world.deadLetters()).toEqual([]);
    expect(await world.rows('SELECT toString(bytes_to_client) AS n FROM samples FINAL')).toEqual([{ n: '7' }]);
  });
});

/** The service as a process of its own, as it is run. */
function startChild(environment: Record<string, string>) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/main.ts', import.meta.url))], {
    env: { ...process.env, ...environment, LOG_LEVEL: 'info' },
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

/** The seconds that batch `index` of a long run carries: each batch one of its own, for two domains. */
function minute(index: number): DomainSecond[] {
  const bytesToClient = BigInt(1_000 + index);
  return ['a.example', 'b.example'].map((name) =>
    second(name, index, { bytesToClient, handshakeStatuses: { 101: 1n } }),
  );
}

/** A second of many domains with long names, in which everything happened that an edge tells apart. */
function longestRows(domains: number, offset: number): DomainSecond[] {
  const label = 'x'.repeat(60);
  const histogram = Array.from({ length: 20 }, (_, bucket) => BigInt(100_000 + bucket));
  const statuses = [101, 400, 401, 403, 404, 408, 413, 421, 426, 429, 431, 499, 500, 502, 503, 504];
  const values = {
    handshakeStatuses: Object.fromEntries(statuses.map((status) => [status, 1_000n])),
    closes: Array.from({ length: 17 }, (_, index) => {
      return { side: 'client', cause: 'protocol_error', code: 3_000 + index, count: 1_000n };
    }),
    handshakeDurations: histogram,
    clientRoundTrips: histogram,
    originRoundTrips: histogram,
  };
  return Array.from({ length: domains }, (_, index) =>
    second(`d${index}.${label}.${label}.${label}.example`, offset, values),
  );
}

/** Every second of a run of `count` batches is there, once, with its own value. */
async function expectMinutes(world: World, count: number): Promise<void> {
  const asked = { startTime: at(0), endTime: at(count), interval: { seconds: 1n, nanos: 0 } };
  const { points } = await world.query(asked);
  const expected = Array.from({ length: count }, (_, index) => 2n * BigInt(1_000 + index));
  expect(points.map(({ bytesToClient }) => bytesToClient)).toEqual(expected);
  const codes = await world.client.queryStatusCodes(asked, { token: await world.customer('acc-1') });
  expect(codes.points.flatMap(({ counts }) => counts)).toEqual(expected.map(() => ({ code: 101, count: 2n })));
}
