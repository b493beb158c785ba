import { createClient, DomainError } from '@longwire/contracts';
import type { PromiseClient } from '@longwire/contracts';
import { EdgePolicy, Origin } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { selfSigned } from '../../edge/test/certificate.ts';
import { freshName } from './rpcs.ts';
import type { Rpc } from './rpcs.ts';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

type Domains = PromiseClient<typeof DomainServiceService>;

let world: World;
let domains: Domains;
const domainName = 'live.acme.test';

beforeAll(async () => {
  world = await startWorld();
  await world.activate('acme');
  domains = await world.client('operator');
  await domains.addDomain({ accountId: 'acme', domainName, origins: [origin] });
});

afterAll(() => world[Symbol.asyncDispose]());

const badOrigin = Origin.create({
  host: '',
  httpPort: -1,
  httpsPort: 70_000,
  weight: 1001,
  hostHeader: 'a b',
  tlsVerification: 9 as never,
  caCertificates: 'no certificate',
});
const originFields = [
  'host',
  'http_port',
  'https_port',
  'weight',
  'host_header',
  'tls_verification',
  'ca_certificates',
];
const seconds = (count: bigint, nanos = 0) => ({ seconds: count, nanos });
/** What is wrong with the fields that all changes have. */
const badChange = { domainName: 'co.uk', etag: 'x', requestId: 'x' };
const changeFields = ['domain_name', 'etag', 'request_id'];

/** Of each RPC a call in which every field is wrong, and the fields as they must be named, all at once. */
const table: Record<Rpc, [call: (domains: Domains) => Promise<unknown>, fields: string[]]> = {
  addDomain: [
    (d) =>
      d.addDomain({
        accountId: 'UPPER',
        domainName: 'co.uk',
        origins: [badOrigin],
        icpNumber: 'ICP 1',
        requestId: 'x',
      }),
    ['account_id', 'domain_name', ...originFields.map((field) => `origins[0].${field}`), 'icp_number', 'request_id'],
  ],
  removeDomain: [(d) => d.removeDomain(badChange), changeFields],
  getDomain: [(d) => d.getDomain({ domainName: 'localhost' }), ['domain_name']],
  listDomains: [(d) => d.listDomains({ accountId: 'a.b', pageSize: -1 }), ['account_id', 'page_size']],
  verifyOwnership: [(d) => d.verifyOwnership(badChange), changeFields],
  confirmOwnership: [(d) => d.confirmOwnership(badChange), changeFields],
  setOrigins: [
    (d) => d.setOrigins({ ...badChange, origins: [origin, badOrigin] }),
    [...changeFields, ...originFields.map((field) => `origins[1].${field}`)],
  ],
  setIcpNumber: [(d) => d.setIcpNumber({ ...badChange, icpNumber: '12345678' }), [...changeFields, 'icp_number']],
  setHttp2: [(d) => d.setHttp2(badChange), changeFields],
  enableWebSocket: [(d) => d.enableWebSocket(badChange), changeFields],
  disableWebSocket: [(d) => d.disableWebSocket(badChange), changeFields],
  updateWebSocketSettings: [
    (d) => d.updateWebSocketSettings({ ...badChange, heartbeatTime: seconds(3601n), backToOriginProtocol: 9 as never }),
    [...changeFields, 'heartbeat_time', 'back_to_origin_protocol'],
  ],
  declareHeartbeats: [
    (d) => d.declareHeartbeats({ ...badChange, clientHeartbeat: seconds(0n), originHeartbeat: seconds(5n, 5) }),
    [...changeFields, 'client_heartbeat', 'origin_heartbeat'],
  ],
  updateEdgePolicy: [
    (d) =>
      d.updateEdgePolicy({
        ...badChange,
        updateMask: ['max_connections', 'no_such_field'],
        edgePolicy: EdgePolicy.create({
          relayMode: 9 as never,
          maxFrameBytesFromClient: -1n,
          maxFrameBytesFromOrigin: 2n ** 41n,
          maxMessageBytesFromClient: -1n,
          maxMessageBytesFromOrigin: -1n,
          maxConnections: -1,
          maxHandshakesPerSecond: 1_000_001,
          maxBytesPerSecond: -1n,
          allowedOrigins: ['https://a.test', 'https://a.test/path', 'ftp://a.test', '*', 'https://a.*.test', 'null'],
          allowedSubprotocols: ['chat.v1', 'two words'],
          pingInterval: seconds(3601n),
        }),
      }),
    [
      ...changeFields,
      'edge_policy.relay_mode',
      'edge_policy.max_frame_bytes_from_client',
      'edge_policy.max_frame_bytes_from_origin',
      'edge_policy.max_message_bytes_from_client',
      'edge_policy.max_message_bytes_from_origin',
      'edge_policy.max_connections',
      'edge_policy.max_handshakes_per_second',
      'edge_policy.max_bytes_per_second',
      'edge_policy.allowed_origins[1]',
      'edge_policy.allowed_origins[2]',
      'edge_policy.allowed_origins[3]',
      'edge_policy.allowed_origins[4]',
      'edge_policy.allowed_origins[5]',
      'edge_policy.allowed_subprotocols[1]',
      'edge_policy.ping_interval',
      'update_mask',
    ],
  ],
  listHistory: [(d) => d.listHistory({ domainName: '', pageSize: -1 }), ['domain_name', 'page_size']],
  getDomainVersion: [(d) => d.getDomainVersion({ domainName: '' }), ['domain_name', 'version']],
  compareVersions: [
    (d) => d.compareVersions({ domainName: '', fromVersion: 0n, toVersion: -1n }),
    ['domain_name', 'from_version', 'to_version'],
  ],
  restoreVersion: [(d) => d.restoreVersion({ ...badChange, version: 0n }), [...changeFields, 'version']],
  getRollout: [(d) => d.getRollout({ domainName: '', version: -1n }), ['domain_name', 'version']],
  watch: [(d) => first(d.watch({ accountId: 'a.b' })), ['account_id']],
};

test.each(Object.entries(table))('every bad field of %s is named at once', async (rpc, [call, fields]) => {
  using caller = await world.client(rpc === 'confirmOwnership' ? 'reviewer' : 'operator');
  const before = await domains.listHistory({ domainName });
  const error = await call(caller).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELDS' });
  const named = error instanceof DomainError ? (error.details.fieldViolations ?? []) : [];
  expect(new Set(named.map(({ field }) => field))).toEqual(new Set(fields));
  expect(await domains.listHistory({ domainName })).toEqual(before);
});

const { cert, key } = selfSigned('origin.acme.test');

const inPem = 'must be certificates in PEM, each from BEGIN CERTIFICATE to END CERTIFICATE';

test.each([
  ['a private key', `${cert}${key}`, 'must not hold a private key'],
  ['another kind of block', cert.replaceAll('CERTIFICATE', 'PUBLIC KEY'), inPem],
  ['a certificate that is cut off', `${cert}${cert.slice(0, 200)}`, inPem],
  [
    'what is not a certificate inside',
    cert.replace(/\n[\w+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
    'certificate 1 cannot be read',
  ],
  ['too much', cert.repeat(11), 'must be at most 10 certificates'],
])('as an authority %s is refused, and never told back', async (_, caCertificates, description) => {
  const request = { accountId: 'acme', domainName: freshName(), origins: [{ ...origin, caCertificates }] };
  await expect(domains.addDomain(request)).rejects.toMatchObject({
    details: { fieldViolations: [{ field: 'origins[0].ca_certificates', description }] },
  });
});

test('of authorities the certificates are kept, and nothing around them', async () => {
  const origins = [{ ...origin, caCertificates: `Our root\n${cert}and another\n${cert}` }];
  const { domain } = await domains.addDomain({ accountId: 'acme', domainName: freshName(), origins });
  expect(domain?.origins[0]?.caCertificates).toBe(cert + cert);
});

test('authorities are of no use where nothing is verified', async () => {
  const origins = [{ ...origin, caCertificates: cert, tlsVerification: 2 as const }];
  await expect(domains.addDomain({ accountId: 'acme', domainName: freshName(), origins })).rejects.toMatchObject({
    details: { fieldViolations: [{ field: 'origins[0].ca_certificates' }] },
  });
});

test('a list that names something twice is refused', async () => {
  const edgePolicy = EdgePolicy.create({ allowedOrigins: ['https://A.test', 'https://a.test:443'] });
  await expect(domains.updateEdgePolicy({ domainName, edgePolicy })).rejects.toMatchObject({
    details: { fieldViolations: [{ field: 'edge_policy.allowed_origins', description: 'must name each one once' }] },
  });
});

test('no domain is added for an account that does not exist', async () => {
  const request = { domainName: 'nobodys.acme.test', origins: [origin] };
  await expect(domains.addDomain({ ...request, accountId: 'nobody' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
    reason: 'ACCOUNT_NOT_FOUND',
  });
  using customer = await world.customer('newcomer');
  await expect(customer.addDomain(request)).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
  await expect(domains.getDomain({ domainName: request.domainName })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a call without a token of ours is told nothing of its fields', async () => {
  using stranger = createClient(DomainServiceService, world.service.grpcAddress);
  await expect(stranger.addDomain({ domainName: 'co.uk' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

async function first<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  for await (const item of items) return item;
  return undefined;
}
