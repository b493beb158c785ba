import { DomainError } from '@longwire/contracts';
import { startClickHouse, startNats } from '@longwire/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, second } from './seconds.ts';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

const huge = 2n ** 53n + 1n;

describe('what edges measured', () => {
  const parts = new AsyncDisposableStack();
  let world: World;
  beforeAll(async () => {
    const nats = parts.use(await startNats());
    const clickhouse = parts.use(await startClickHouse());
    world = parts.use(await startWorld(nats, clickhouse.url));
  });
  afterAll(() => parts.disposeAsync());

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
    const { points } = await world.client.queryStatusCodes(asked, { token: await world.customer('acc-1') });
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

    const token = await world.customer('acc-1');
    const { points } = await world.client.queryConnections(
      { ...asked, interval: { seconds: 3n, nanos: 0 } },
      { token },
    );
    expect(points).toEqual([
      { time: at(0), active: 7n, opened: 9n, closed: 5n, closes: [bye, { ...heartbeat, count: 4n }] },
      { time: at(3), active: 0n, opened: 0n, closed: 2n, closes: [heartbeat] },
    ]);
    const ofOthers = await world.client.queryConnections(asked, { token: await world.customer('acc-2') });
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
    expect(await seenBy(await world.customer('acc-1'))).toBe(15n);
    expect(await seenBy(await world.customer('acc-2'))).toBe(0n);
    expect(await seenBy(await world.issuer.token({ roles: ['reviewer'] }))).toBe(15n);
    expect(await seenBy(await world.issuer.token({ roles: ['operator'] }))).toBe(15n);

    const named = world.client.queryBandwidth(
      { ...asked, accountId: 'acc-1' },
      { token: await world.customer('acc-2') },
    );
    await expect(named).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const nobody = world.client.queryStatusCodes(asked, { token: await world.issuer.token({ account: 'acc-1' }) });
    await expect(nobody).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('can be asked for a hundred long names, and for what no text of SQL may spoil', async () => {
    const label = 'x'.repeat(60);
    const domainNames = Array.from({ length: 100 }, (_, index) => `d${index}.${label}.${label}.${label}.example`);
    const { points } = await world.query({ domainNames, startTime: at(0), endTime: at(1) });
    expect(points.map(({ bytesToClient }) => bytesToClient)).toEqual([0n]);
    const accountId = "acc-1' OR '1'='1";
    const token = await world.issuer.token({ roles: ['operator'] });
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
