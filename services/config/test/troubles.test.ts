import { createClient } from '@longwire/contracts';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { append, ensureBucket, openEventLog } from '@longwire/eventlog';
import { afterEach, expect, test, vi } from 'vitest';
import { changes, freshName } from './rpcs.ts';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

afterEach(() => world[Symbol.asyncDispose]());

test('while NATS is away every change is UNAVAILABLE with a time to try again, reads go on, and after it all goes on', async () => {
  world = await startWorld();
  await world.activate('acme');
  const names = await Promise.all(
    Object.keys(changes).map(async (rpc) => {
      const { domainName, version } = await world.addOwned('acme', freshName());
      return { rpc: rpc as keyof typeof changes, domainName, accountId: 'acme', version };
    }),
  );
  const operator = await world.client('operator');
  const reviewer = await world.client('reviewer');
  await world.nats.stop();
  // What is so already decides nothing, but only the log can tell that it is so.
  const unavailable = { code: 'UNAVAILABLE', details: { retryAfterMs: 1_000 } };
  const attempts = names.map(async ({ rpc, ...target }) => {
    const domains = rpc === 'confirmOwnership' ? reviewer : operator;
    const call = changes[rpc](domains, { domainName: target.domainName, etag: '', requestId: '' }, target);
    await expect(call).rejects.toMatchObject(unavailable);
  });
  const added = operator.addDomain({ accountId: 'acme', domainName: freshName(), origins: [origin] });
  await expect(added).rejects.toMatchObject(unavailable);
  await Promise.all(attempts);
  const known = names[1]!;
  expect((await operator.getDomain({ domainName: known.domainName })).domain?.version).toBe(known.version);

  await world.nats.restart();
  await vi.waitFor(() => operator.updateWebSocketSettings({ domainName: known.domainName }), { timeout: 15_000 });
}, 90_000);

test('a message that cannot be read is named where operators look, stops what depends on it, and can be passed over', async () => {
  world = await startWorld();
  await world.activate('acme');
  const { domainName } = await world.addOwned('acme', 'live.acme.test');
  await world.addOwned('acme', 'other.acme.test');
  const log = await openEventLog(world.connection, { name: 'CONFIG', subjects: ['config.>'] });
  const { seq } = await log.js.publish('config.domain.live_acme_test', '{"events":[]}');
  const ready = async () => (await fetch(`http://${world.service.adminAddress}/readyz`)).text();
  const line = `message ${seq} of CONFIG (config.domain.live_acme_test) cannot be read; EVENTLOG_LEAVE_OUT=CONFIG:${seq} goes on without it`;
  await vi.waitFor(async () => expect(await ready()).toContain(line));
  const metrics = await (await fetch(`http://${world.service.adminAddress}/metrics`)).text();
  expect(metrics).toContain(`longwire_eventlog_unreadable_sequence{stream="CONFIG"} ${seq}`);
  const domains = await world.customer('acme');
  const stopped = { code: 'UNAVAILABLE', reason: 'PROJECTION_STOPPED' };
  await expect(domains.setHttp2({ domainName: 'other.acme.test', enabled: true })).rejects.toMatchObject(stopped);

  await world.restart({ EVENTLOG_LEAVE_OUT: `CONFIG:${seq}` });
  expect(await ready()).not.toContain('CONFIG');
  const again = await world.customer('acme');
  // What was stored though it could not be read is there.
  expect((await again.getDomain({ domainName: 'other.acme.test' })).domain?.http2Enabled).toBe(true);
  const { domain } = await again.enableWebSocket({ domainName });
  await world.edgeConfig('live_acme_test', { websocketEnabled: true, version: domain!.version });
});

test('ten thousand changes of one domain make the next one no slower, and an id among them still counts', async () => {
  world = await startWorld();
  await world.activate('acme');
  const { domainName, version } = await world.addOwned('acme', 'busy.acme.test');
  const log = await openEventLog(world.connection, { name: 'CONFIG', subjects: ['config.>'] });
  let expectedSequence = Number(version);
  for (let count = 1; count <= 10_000; count++) {
    const commandId = `SetHttp2:00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
    const meta = { commandId, actor: 'test', time: new Date() };
    const events = [{ type: count % 2 ? 'Http2Enabled' : 'Http2Disabled' }];
    const appended = await append(log, 'config.domain.busy_acme_test', events, { expectedSequence, meta });
    expectedSequence = appended.sequence;
  }
  const domains = await world.customer('acme');
  const started = performance.now();
  for (let count = 0; count < 100; count++) await domains.setHttp2({ domainName, enabled: count % 2 === 0 });
  // One by one from the log a single one of them would take a second and more.
  expect((performance.now() - started) / 100).toBeLessThan(100);
  const requestId = '00000000-0000-4000-8000-000000000007';
  const { domain } = await domains.setHttp2({ domainName, enabled: true, requestId });
  expect(domain?.http2Enabled).toBe(false);
}, 60_000);

test('a service that cannot read all domains at its start answers nobody, and says why', async () => {
  world = await startWorld();
  const log = await openEventLog(world.connection, { name: 'CONFIG', subjects: ['config.>'] });
  await log.js.publish('config.domain.live_acme_test', 'nonsense');
  const port = Number(new URL(`http://${world.service.adminAddress}`).port);
  await world.service[Symbol.asyncDispose]();
  void world.startService({ ADMIN_LISTEN: `127.0.0.1:${port}` });
  await vi.waitFor(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(await response.text()).toMatch(/^domains\n[\s\S]*message 1 of CONFIG/m);
  });
  using domains = createClient(DomainServiceService, world.service.grpcAddress);
  await expect(domains.listDomains({})).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('what is no config in the bucket of edges is written over, and holds up no domain', async () => {
  world = await startWorld();
  await world.activate('acme');
  const names = ['live.acme.test', 'other.acme.test'];
  for (const domainName of names) await world.addOwned('acme', domainName);
  await world.edgeConfig('other_acme_test', { removed: false });
  const bucket = await ensureBucket(world.connection, 'edge-config');
  await bucket.put('live_acme_test', 'no config');
  await world.restart();
  const domains = await world.customer('acme');
  for (const domainName of names) {
    const { domain } = await domains.enableWebSocket({ domainName });
    await world.edgeConfig(domainName.replaceAll('.', '_'), { websocketEnabled: true, version: domain!.version });
  }
}, 30_000);
