import { EdgePolicy } from '@longwire/contracts/config/v1/domain';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { typesOf } from './rpcs.ts';
import { approved, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

test('what an approved application grants caps what edges get, and the domain’s own limits stay', async () => {
  await world.decideOn('acme');
  const domains = await world.customer('acme');
  await world.addOwned('acme', 'live.acme.test');
  const edgePolicy = EdgePolicy.create({ maxConnections: 500, maxBytesPerSecond: 100n });
  await domains.updateEdgePolicy({
    domainName: 'live.acme.test',
    edgePolicy,
    updateMask: ['max_connections', 'max_bytes_per_second'],
  });
  await world.edgeConfig('live_acme_test', { maxConnections: 500, maxBytesPerSecond: 100n });
  await world.decideOn('acme', approved({ bandwidthBps: 8_000, connections: 50 }));
  const config = await world.edgeConfig('live_acme_test', { maxConnections: 50, maxBytesPerSecond: 100n });
  const { domain } = await domains.getDomain({ domainName: 'live.acme.test' });
  expect(domain).toMatchObject({
    version: config.version,
    edgePolicy: { maxConnections: 500, maxBytesPerSecond: 100n },
    grantedLimits: { bandwidthBps: 8_000n, connections: 50n },
  });
  const added = await world.addOwned('acme', 'more.acme.test');
  expect(added.grantedLimits).toEqual({ bandwidthBps: 8_000n, connections: 50n });
  await world.edgeConfig('more_acme_test', { maxConnections: 50, maxBytesPerSecond: 1_000n });
});

test('a suspension stops every domain of the account at the edges, once, and its end lets them go on', async () => {
  await world.activate('globex');
  const domains = await world.customer('globex');
  const names = Array.from({ length: 40 }, (_, index) => `d${index}.globex.test`);
  for (const domainName of names) {
    await world.addOwned('globex', domainName);
    await domains.enableWebSocket({ domainName });
  }
  const keys = names.map((name) => name.replaceAll('.', '_'));
  const before = await Promise.all(keys.map((key) => world.edgeConfig(key, { websocketEnabled: true })));
  await world.decideOn('globex', { type: 'EntitlementSuspended', reason: 'unpaid bill' });
  const suspended = await Promise.all(keys.map((key) => world.edgeConfig(key, { suspended: true })));
  await expect(domains.enableWebSocket({ domainName: names[0]! })).resolves.toBeDefined(); // it is enabled already
  await domains.disableWebSocket({ domainName: names[1]! });
  await expect(domains.enableWebSocket({ domainName: names[1]! })).rejects.toMatchObject({
    details: { preconditions: [{ type: 'ACCOUNT_SUSPENDED', description: expect.stringContaining('unpaid bill') }] },
  });
  await world.decideOn('globex', { type: 'EntitlementReinstated' });
  const after = await Promise.all(keys.map((key) => world.edgeConfig(key, { suspended: false })));
  for (const index of keys.keys()) {
    expect(suspended[index]!.version).toBeGreaterThan(before[index]!.version);
    expect(after[index]!.version).toBeGreaterThan(suspended[index]!.version);
  }
  const { entries } = await domains.listHistory({ domainName: names[0]! });
  expect(typesOf(entries).slice(0, 3)).toEqual(['WebSocketResumed', 'WebSocketSuspended', 'WebSocketEnabled']);
  expect(entries[1]).toMatchObject({ actor: 'config', details: { reason: '"unpaid bill"' } });
});

test('what is decided while the service is down is followed when it comes back, by two of them once', async () => {
  await world.activate('initech');
  const domains = await world.customer('initech');
  await world.addOwned('initech', 'live.initech.test');
  const { domain } = await domains.enableWebSocket({ domainName: 'live.initech.test' });
  await world.service[Symbol.asyncDispose]();
  await world.decideOn('initech', { type: 'EntitlementSuspended', reason: 'abuse' });
  await using _ = await world.startService();
  await world.restart();
  const config = await world.edgeConfig('live_initech_test', { suspended: true });
  expect(config.version).toBeGreaterThan(domain!.version);
  const again = await world.customer('initech');
  await vi.waitFor(async () => {
    const { entries } = await again.listHistory({ domainName: 'live.initech.test' });
    expect(typesOf(entries).filter((type) => type === 'WebSocketSuspended')).toHaveLength(1);
  });
});
