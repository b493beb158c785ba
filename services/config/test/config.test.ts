import { randomUUID } from 'node:crypto';
import { BackToOriginProtocol } from '@longwire/contracts/config/v1/domain';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { ensureBucket } from '@longwire/eventlog';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  for (const account of ['acme', 'grabber', 'initech']) await world.activate(account);
  await world.decideOn('globex');
});

afterAll(() => world[Symbol.asyncDispose]());

const customer = (account: string) => world.customer(account);

test('a domain is added in its normal form, read, listed, and known to edges once it is known to be the account’s', async () => {
  const domains = await customer('acme');
  const { domain } = await domains.addDomain({
    domainName: 'Live.Acme.Test.',
    origins: [origin],
    icpNumber: '京ICP备12345678号-1',
  });
  expect(domain).toMatchObject({
    domainName: 'live.acme.test',
    accountId: 'acme',
    origins: [{ ...origin, tlsVerification: 1 }],
  });
  expect((await domains.getDomain({ domainName: 'live.acme.test' })).domain).toEqual(domain);
  expect((await domains.listDomains({})).domains).toEqual([domain]);
  await world.edgeConfig('live_acme_test', { version: domain!.version, removed: true });
  const confirmed = await (await world.client('reviewer')).confirmOwnership({ domainName: 'live.acme.test' });
  await world.edgeConfig('live_acme_test', {
    domainName: 'live.acme.test',
    accountId: 'acme',
    version: confirmed.domain!.version,
    removed: false,
    websocketEnabled: false,
    origins: [{ ...origin, tlsVerification: 1 }],
  });
});

test('WebSocket is enabled with its settings, and disabled', async () => {
  const domains = await customer('acme');
  const domainName = 'chat.acme.test';
  await world.addOwned('acme', domainName);
  await domains.enableWebSocket({ domainName });
  const { domain } = await domains.updateWebSocketSettings({
    domainName,
    heartbeatTime: { seconds: 30n, nanos: 0 },
    backToOriginProtocol: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_HTTP,
  });
  expect(domain?.websocket).toMatchObject({ enabled: true, heartbeatTime: { seconds: 30n } });
  await world.edgeConfig('chat_acme_test', {
    websocketEnabled: true,
    heartbeatSeconds: 30,
    backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP,
    version: domain!.version,
  });
  await domains.disableWebSocket({ domainName });
  await world.edgeConfig('chat_acme_test', { websocketEnabled: false, heartbeatSeconds: 30 });
  const { entries } = await domains.listHistory({ domainName });
  expect(entries.map(({ type }) => type)).toEqual([
    'WebSocketDisabled',
    'BackToOriginProtocolSet',
    'HeartbeatTimeSet',
    'WebSocketEnabled',
    'OwnershipConfirmed',
    'OriginsSet',
    'DomainAdded',
  ]);
  expect(entries[2]).toMatchObject({
    actor: 'user-customer-acme',
    details: { seconds: '30' },
    changes: [{ field: 'websocket.heartbeat_time', from: '"60s"', to: '"30s"' }],
  });
});

test('enabling waits for the approval and the proof, and sees it as soon as it is given', async () => {
  const domains = await customer('globex');
  const domainName = 'live.globex.test';
  await domains.addDomain({ domainName, origins: [origin], http2Enabled: true });
  await expect(domains.enableWebSocket({ domainName })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: {
      preconditions: ['ACTIVATION', 'OWNERSHIP', 'HTTP2'].map((type) => expect.objectContaining({ type })),
    },
  });
  await domains.setHttp2({ domainName, enabled: false });
  await world.activate('globex');
  await (await world.client('reviewer')).confirmOwnership({ domainName });
  expect((await domains.enableWebSocket({ domainName })).domain?.websocket?.enabled).toBe(true);
  await expect(domains.setHttp2({ domainName, enabled: true })).rejects.toMatchObject({ reason: 'WEBSOCKET_ENABLED' });
});

test('a removed domain leaves a tombstone for edges, and its name to others', async () => {
  const domains = await customer('acme');
  const domainName = 'old.acme.test';
  const requestId = randomUUID();
  await domains.addDomain({ domainName, origins: [origin] });
  await domains.removeDomain({ domainName, requestId });
  await domains.removeDomain({ domainName, requestId });
  const tombstone = await world.edgeConfig('old_acme_test', { removed: true });
  await expect(domains.getDomain({ domainName })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const { domain } = await (await customer('globex')).addDomain({ domainName, origins: [origin] });
  expect(domain!.version).toBeGreaterThan(tombstone.version);
  await expect(domains.getDomain({ domainName })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a domain of somebody else cannot be told from one that is not there', async () => {
  const domains = await customer('initech');
  for (const domainName of ['live.acme.test', 'nobody.acme.test']) {
    await expect(domains.getDomain({ domainName })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(domains.disableWebSocket({ domainName })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(domains.getRollout({ domainName })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }
  await expect(domains.addDomain({ domainName: 'live.acme.test', origins: [origin] })).rejects.toMatchObject({
    code: 'ALREADY_EXISTS',
  });
  await expect(domains.listDomains({ accountId: 'acme' })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
});

test('no account takes a name out of the wildcard of another, nor lays one over its names', async () => {
  const [owner, other] = [await customer('acme'), await customer('grabber')];
  for (const domainName of ['*.covered.test', 'own.covered.test', 'one.single.test'])
    await world.addOwned('acme', domainName);
  for (const domainName of ['pay.covered.test', '*.single.test'])
    await expect(other.addDomain({ domainName, origins: [origin] })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  await other.addDomain({ domainName: 'deeper.pay.covered.test', origins: [origin] });
  await owner.removeDomain({ domainName: '*.covered.test' });
  await other.addDomain({ domainName: 'pay.covered.test', origins: [origin] });
});

test('a request id tells nobody about a domain of somebody else', async () => {
  const request = { domainName: 'replayed.acme.test', origins: [origin], requestId: randomUUID() };
  await (await customer('acme')).addDomain(request);
  await expect((await customer('grabber')).addDomain(request)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
});

test.each(['127.0.0.1', '10.0.0.8', '169.254.169.254', '0x7f.1', '2130706433', 'localhost', '::1', '::ffff:10.0.0.1'])(
  'an origin at %s is refused',
  async (host) => {
    const domains = await customer('acme');
    const request = { domainName: 'ssrf.acme.test', origins: [{ ...origin, host }] };
    await expect(domains.addDomain(request)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { fieldViolations: [expect.objectContaining({ field: 'origins[0].host' })] },
    });
    await expect(domains.getDomain({ domainName: 'ssrf.acme.test' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  },
);

test('started anew it reads its domains back, and writes what the bucket for edges has lost', async () => {
  const domains = await customer('acme');
  const { domain } = await domains.getDomain({ domainName: 'chat.acme.test' });
  await world.service[Symbol.asyncDispose]();
  await (await ensureBucket(world.connection, 'edge-config')).delete('chat_acme_test');
  await world.restart();
  expect((await (await customer('acme')).getDomain({ domainName: 'chat.acme.test' })).domain).toEqual(domain);
  await world.edgeConfig('chat_acme_test', { version: domain!.version, heartbeatSeconds: 30 });
});
