import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { BackToOriginProtocol } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { BackToOrigin, DomainConfig, OriginAddress } from '@longwire/contracts/edge/v1/domain_config';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { append, ensureBucket, openEventLog } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import { createLogger } from '@longwire/service';
import { startIssuer, startNats } from '@longwire/testing';
import type { NatsServer, TestIssuer } from '@longwire/testing';
import type { KV } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { start } from '../src/service.ts';

let nats: NatsServer;
let connection: NatsConnection;
let issuer: TestIssuer;
let activationLog: EventLog;
let service: Awaited<ReturnType<typeof start>>;

const origin = { host: '8.8.8.8', httpPort: 8080, httpsPort: 8443 };

beforeAll(async () => {
  nats = await startNats();
  issuer = await startIssuer();
  connection = await connect({ servers: nats.url });
  activationLog = await openEventLog(connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  await entitle('acme');
  service = await startService();
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await connection.close();
  await issuer[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

function startService() {
  const env = { NATS_URL: nats.url, GRPC_LISTEN: '127.0.0.1:0', ADMIN_LISTEN: '127.0.0.1:0', ...issuer.env };
  return start(readConfig(env), createLogger('config', 'error'));
}

/** What activation would have decided. */
async function entitle(accountId: string): Promise<void> {
  const meta = { commandId: randomUUID(), actor: 'test', time: new Date() };
  const events = [{ type: 'ApplicationApproved', applicationId: randomUUID() }];
  await append(activationLog, `activation.account.${accountId}`, events, { expectedSequence: 0, meta });
}

async function client(claims: { roles: string[]; account?: string }) {
  const token = await issuer.token({ sub: `user-of-${claims.account}`, ...claims });
  return createClient(DomainServiceService, service.grpcAddress, { token: () => token });
}

const customer = (account: string) => client({ roles: ['customer'], account });

/** The value of a domain in the bucket that edges watch, once it satisfies the expectation. */
async function edgeConfig(key: string, expected: Partial<DomainConfig>): Promise<DomainConfig> {
  const bucket: KV = await ensureBucket(connection, 'edge-config');
  return vi.waitFor(async () => {
    const config = DomainConfig.fromJSON((await bucket.get(key))?.json());
    expect(config).toMatchObject(expected);
    return config;
  });
}

test('a domain is added in its normal form, read, listed, and known to edges', async () => {
  const domains = await customer('acme');
  const { domain } = await domains.addDomain({
    domainName: 'Live.Acme.Test.',
    origins: [origin],
    icpNumber: '京ICP备12345678号-1',
  });
  expect(domain).toMatchObject({ domainName: 'live.acme.test', accountId: 'acme', origins: [origin] });
  expect((await domains.getDomain({ domainName: 'live.acme.test' })).domain).toEqual(domain);
  expect((await domains.listDomains({})).domains).toEqual([domain]);
  await edgeConfig('live_acme_test', {
    domainName: 'live.acme.test',
    accountId: 'acme',
    version: domain!.version,
    websocketEnabled: false,
    origins: [OriginAddress.create(origin)],
  });
});

test('WebSocket is enabled with its settings, and disabled', async () => {
  const domains = await customer('acme');
  const domainName = 'chat.acme.test';
  await domains.addDomain({ domainName, origins: [origin] });
  await domains.enableWebSocket({ domainName });
  const { domain } = await domains.updateWebSocketSettings({
    domainName,
    heartbeatTime: { seconds: 30n, nanos: 0 },
    backToOriginProtocol: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_HTTP,
  });
  expect(domain?.websocket).toMatchObject({ enabled: true, heartbeatTime: { seconds: 30n } });
  await edgeConfig('chat_acme_test', {
    websocketEnabled: true,
    heartbeatSeconds: 30,
    backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP,
    version: domain!.version,
  });
  await domains.disableWebSocket({ domainName });
  await edgeConfig('chat_acme_test', { websocketEnabled: false, heartbeatSeconds: 30 });
  const { entries } = await domains.listHistory({ domainName });
  expect(entries.map(({ type }) => type)).toEqual([
    'WebSocketDisabled',
    'BackToOriginProtocolSet',
    'HeartbeatTimeSet',
    'WebSocketEnabled',
    'OriginsSet',
    'DomainAdded',
  ]);
  expect(entries[2]).toMatchObject({ actor: 'user-of-acme', details: { seconds: '30' } });
});

test('enabling waits for the approval, and sees it as soon as it is given', async () => {
  const domains = await customer('globex');
  const domainName = 'live.globex.test';
  await domains.addDomain({ domainName, origins: [origin], http2Enabled: true });
  await expect(domains.enableWebSocket({ domainName })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: {
      preconditions: [expect.objectContaining({ type: 'ACTIVATION' }), expect.objectContaining({ type: 'HTTP2' })],
    },
  });
  await domains.setHttp2({ domainName, enabled: false });
  await entitle('globex');
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
  const tombstone = await edgeConfig('old_acme_test', { removed: true });
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
  await owner.addDomain({ domainName: '*.covered.test', origins: [origin] });
  await owner.addDomain({ domainName: 'own.covered.test', origins: [origin] });
  await owner.addDomain({ domainName: 'one.single.test', origins: [origin] });
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

test('a reviewer reads domains, and changes none', async () => {
  const domains = await client({ roles: ['reviewer'] });
  expect((await domains.listDomains({})).domains.length).toBeGreaterThan(0);
  await expect(domains.disableWebSocket({ domainName: 'live.acme.test' })).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
  });
});

test('every bad field is named at once, and nothing is changed', async () => {
  const domains = await customer('acme');
  const bad = {
    domainName: 'co.uk',
    origins: [{ host: '', httpPort: -1, httpsPort: 70_000 }],
    icpNumber: 'ICP 1',
    requestId: 'x',
  };
  await expect(domains.addDomain(bad)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: {
      fieldViolations: [
        'domain_name',
        'origins[0].host',
        'origins[0].http_port',
        'origins[0].https_port',
        'icp_number',
        'request_id',
      ].map((field) => expect.objectContaining({ field })),
    },
  });
  const heartbeat = { domainName: 'live.acme.test', heartbeatTime: { seconds: 3601n, nanos: 5 } };
  await expect(domains.updateWebSocketSettings(heartbeat)).rejects.toMatchObject({
    details: { fieldViolations: [{ field: 'heartbeat_time', description: 'must be whole seconds, 1 s to 3600 s' }] },
  });
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

test.each(['../x > *', 'UPPER', 'a.b', 'x'.repeat(41)])(
  'no domain is added to what is no account id: %s',
  async (accountId) => {
    const operator = await client({ roles: ['operator'] });
    await expect(
      operator.addDomain({ accountId, domainName: 'nobodys.test', origins: [origin] }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', details: { fieldViolations: [{ field: 'account_id' }] } });
  },
);

test('a rollout counts the edges that reported lately, and those that run the version', async () => {
  const domains = await customer('acme');
  const { domain } = await domains.getDomain({ domainName: 'live.acme.test' });
  expect(await domains.getRollout({ domainName: 'live.acme.test' })).toMatchObject({ edgeCount: 0, edges: [] });
  const bucket = await ensureBucket(connection, 'edge-status');
  const report = (edgeId: string, configVersion: bigint, reportTime: Date) =>
    bucket.put(edgeId, JSON.stringify(EdgeStatus.toJSON(EdgeStatus.create({ edgeId, configVersion, reportTime }))));
  expect(await domains.getRollout({ domainName: 'live.acme.test' })).toMatchObject({ edgeCount: 0, liveCount: 0 });
  await report('edge-1', domain!.version, new Date());
  await report('edge-2', domain!.version - 1n, new Date());
  await report('edge-gone', domain!.version, new Date(Date.now() - 60_000));
  expect(await domains.getRollout({ domainName: 'live.acme.test' })).toMatchObject({
    version: domain!.version,
    edgeCount: 2,
    liveCount: 1,
  });
});

test('started anew it reads its domains back, and writes what the bucket for edges has lost', async () => {
  const domains = await customer('acme');
  const { domain } = await domains.getDomain({ domainName: 'chat.acme.test' });
  await service[Symbol.asyncDispose]();
  await (await ensureBucket(connection, 'edge-config')).delete('chat_acme_test');
  service = await startService();
  expect((await (await customer('acme')).getDomain({ domainName: 'chat.acme.test' })).domain).toEqual(domain);
  await edgeConfig('chat_acme_test', { version: domain!.version, heartbeatSeconds: 30 });
});
