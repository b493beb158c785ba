import { BackToOriginProtocol, EdgePolicy } from '@longwire/contracts/config/v1/domain';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { ensureBucket } from '@longwire/eventlog';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { typesOf } from './rpcs.ts';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.activate('acme');
});

afterAll(() => world[Symbol.asyncDispose]());

const seconds = (count: bigint) => ({ seconds: count, nanos: 0 });

test('any version is shown as it was, compared, and restored', async () => {
  const domains = await world.customer('acme');
  const domainName = 'live.acme.test';
  await world.addOwned('acme', domainName);
  const { domain: first } = await domains.enableWebSocket({ domainName });
  await domains.updateWebSocketSettings({
    domainName,
    heartbeatTime: seconds(30n),
    backToOriginProtocol: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_HTTPS,
  });
  await domains.setOrigins({ domainName, origins: [{ ...origin, weight: 5 }] });
  await domains.disableWebSocket({ domainName });
  const { domain: last } = await domains.setHttp2({ domainName, enabled: true });

  expect((await domains.getDomainVersion({ domainName, version: first!.version })).domain).toEqual(first);
  const { changes } = await domains.compareVersions({ domainName, fromVersion: first!.version });
  expect(changes.map(({ field }) => field)).toEqual([
    'http2_enabled',
    'origins',
    'websocket.back_to_origin_protocol',
    'websocket.enabled',
    'websocket.heartbeat_time',
  ]);
  expect(changes.at(-1)).toEqual({ field: 'websocket.heartbeat_time', from: '"60s"', to: '"30s"' });
  const { changes: none } = await domains.compareVersions({ domainName, fromVersion: last!.version });
  expect(none).toEqual([]);

  const { domain: restored } = await domains.restoreVersion({ domainName, version: first!.version });
  const { version: _, etag: __, updateTime: ___, ...settings } = first!;
  expect(restored).toMatchObject(settings);
  expect(restored!.version).toBeGreaterThan(last!.version);
  await world.edgeConfig('live_acme_test', {
    version: restored!.version,
    websocketEnabled: true,
    heartbeatSeconds: 60,
  });
  const { entries } = await domains.listHistory({ domainName });
  expect(typesOf(entries).slice(0, 6).toReversed()).toEqual([
    'VersionRestored',
    'Http2Disabled',
    'OriginsSet',
    'HeartbeatTimeSet',
    'BackToOriginProtocolSet',
    'WebSocketEnabled',
  ]);
});

test('a version that is none of the domain, or of one who had it before, is not found', async () => {
  const domains = await world.customer('acme');
  const domainName = 'again.acme.test';
  const before = await world.addOwned('acme', domainName);
  await domains.removeDomain({ domainName });
  await world.addOwned('acme', domainName);
  for (const version of [before.version, 999_999n]) {
    const missing = { code: 'NOT_FOUND', reason: 'VERSION_NOT_FOUND' };
    await expect(domains.getDomainVersion({ domainName, version })).rejects.toMatchObject(missing);
    await expect(domains.compareVersions({ domainName, fromVersion: version })).rejects.toMatchObject(missing);
    await expect(domains.restoreVersion({ domainName, version })).rejects.toMatchObject(missing);
    await expect(domains.getRollout({ domainName, version })).rejects.toMatchObject(missing);
  }
});

test('declared heartbeats are checked, and only warned of', async () => {
  const domains = await world.customer('acme');
  const domainName = 'heart.acme.test';
  await world.addOwned('acme', domainName);
  const declared = await domains.declareHeartbeats({
    domainName,
    clientHeartbeat: seconds(90n),
    originHeartbeat: seconds(100n),
  });
  expect(declared.domain?.warnings).toEqual([
    {
      type: 'CLIENT_ABOVE_EDGE',
      field: 'heartbeat_time',
      description: expect.stringContaining('raise the heartbeat time to 90 s at least'),
      suggestion: seconds(90n),
    },
  ]);
  const raised = await domains.updateWebSocketSettings({ domainName, heartbeatTime: seconds(120n) });
  expect(raised.domain?.warnings).toMatchObject([{ type: 'EDGE_ABOVE_ORIGIN', suggestion: seconds(100n) }]);
  const right = await domains.updateWebSocketSettings({ domainName, heartbeatTime: seconds(95n) });
  expect(right.domain?.warnings).toEqual([]);
  const taken = await domains.declareHeartbeats({ domainName });
  expect(taken.domain?.websocket).toMatchObject({ clientHeartbeat: undefined, originHeartbeat: undefined });
});

test('of a policy only the fields of the mask are set; without one all are', async () => {
  const domains = await world.customer('acme');
  const domainName = 'policy.acme.test';
  await world.addOwned('acme', domainName);
  const edgePolicy = EdgePolicy.create({
    relayMode: 2,
    maxConnections: 7,
    maxFrameBytesFromClient: 1_000n,
    allowedOrigins: ['HTTPS://*.Acme.Test:443', 'http://bücher.test:8080'],
    allowedSubprotocols: ['chat.v1'],
    pingInterval: seconds(20n),
  });
  const { domain } = await domains.updateEdgePolicy({ domainName, edgePolicy });
  expect(domain?.edgePolicy?.allowedOrigins).toEqual(['https://*.acme.test', 'http://xn--bcher-kva.test:8080']);
  await world.edgeConfig('policy_acme_test', {
    relayMode: 2,
    maxConnections: 7,
    maxFrameBytesFromClient: 1_000n,
    allowedOrigins: ['https://*.acme.test', 'http://xn--bcher-kva.test:8080'],
    allowedSubprotocols: ['chat.v1'],
    pingIntervalSeconds: 20,
  });
  const changed = await domains.updateEdgePolicy({
    domainName,
    edgePolicy: EdgePolicy.create({ maxConnections: 8 }),
    updateMask: ['max_connections', 'allowed_subprotocols'],
  });
  expect(changed.domain?.edgePolicy).toEqual({ ...domain!.edgePolicy, maxConnections: 8, allowedSubprotocols: [] });
});

test('a rollout tells on how many edges a version is live, and how long each of them took', async () => {
  const domains = await world.customer('acme');
  const domainName = 'rollout.acme.test';
  const before = await world.addOwned('acme', domainName);
  const rollout = (version?: bigint) => domains.getRollout({ domainName, ...(version && { version }) });
  expect(await rollout()).toMatchObject({ version: before.version, edgeCount: 0, edges: [] });

  const bucket = await ensureBucket(world.connection, 'edge-status');
  const report = (edgeId: string, configVersion: bigint, reportTime = new Date(), bootId = 'first') =>
    bucket.put(
      edgeId,
      JSON.stringify(EdgeStatus.toJSON(EdgeStatus.create({ edgeId, bootId, configVersion, reportTime }))),
    );
  await bucket.put('edge-mad', 'no report');
  for (const edgeId of ['edge-1', 'edge-2']) await report(edgeId, before.version);
  await report('edge-gone', before.version, new Date(Date.now() - 60_000));
  await vi.waitFor(async () => expect(await rollout()).toMatchObject({ edgeCount: 2, liveCount: 2 }), 5_000);
  expect(await rollout()).toMatchObject({ medianDelay: undefined }); // they ran it when they were first heard of

  const { domain } = await domains.setIcpNumber({ domainName, icpNumber: '京ICP备12345678号' });
  expect(await rollout()).toMatchObject({ version: domain!.version, liveCount: 0 });
  await report('edge-1', domain!.version);
  await vi.waitFor(async () => expect(await rollout()).toMatchObject({ edgeCount: 2, liveCount: 1 }));
  await report('edge-2', domain!.version + 5n);
  await report('edge-3', domain!.version + 5n); // it has come later
  await vi.waitFor(async () => expect(await rollout()).toMatchObject({ edgeCount: 3, liveCount: 3 }));
  const { edges, medianDelay, longestDelay } = await rollout();
  expect(edges.map(({ edgeId, delay }) => [edgeId, delay !== undefined])).toEqual([
    ['edge-1', true],
    ['edge-2', true],
    ['edge-3', false],
  ]);
  const ms = (duration?: { seconds: bigint; nanos: number }) =>
    Number(duration!.seconds) * 1000 + duration!.nanos / 1e6;
  expect(ms(medianDelay)).toBe(ms(edges[0]!.delay));
  expect(ms(longestDelay)).toBe(ms(edges[1]!.delay));
  expect(ms(longestDelay)).toBeGreaterThanOrEqual(ms(medianDelay));
  expect(await rollout(before.version)).toMatchObject({ version: before.version, liveCount: 3 });

  await report('edge-2', before.version, new Date(), 'second'); // back from what it last knew
  await vi.waitFor(async () => expect(await rollout()).toMatchObject({ liveCount: 2 }));
});
