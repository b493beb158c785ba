import { EdgePolicy, Origin } from '@longwire/contracts/config/v1/domain';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { parseRequest } from '@longwire/service';
import { expect, test } from 'vitest';
import { readDomainConfig } from '../../edge/src/domain-config.ts';
import { selfSigned } from '../../edge/test/certificate.ts';
import { domainConfig } from '../src/domain-config.ts';
import { domain } from '../src/domain.ts';
import type { DomainEvent } from '../src/domain-state.ts';
import * as requests from '../src/requests.ts';

/** What an edge reads of a domain to which this has happened. */
function read(...events: DomainEvent[]): DomainConfig {
  const added: DomainEvent = { type: 'DomainAdded', domainName: '*.live.test', accountId: 'acme' };
  const origins: DomainEvent = { type: 'OriginsSet', origins: [{ host: '8.8.8.8', httpPort: 80, httpsPort: 443 }] };
  const state = [added, origins, ...events].reduce(domain.evolve, domain.initial);
  const now = new Date(0);
  const times = { storedTime: now, createTime: now, updateTime: now };
  const config = domainConfig({ key: '', state, version: 7, ...times, history: [], decidedAt: new Map() });
  const json = JSON.stringify(DomainConfig.toJSON(config));
  expect(readDomainConfig(json)).toEqual(config);
  return readDomainConfig(json);
}

const change = { domainName: 'live.test', etag: '', requestId: '' };

test.each(['', 'app.acme.test', 'app.acme.test:8443', 'a_b.test', '1.2.3.4:80', '[2001:db8::1]:443'])(
  'an edge takes each origin that can be set, here with the Host "%s"',
  (hostHeader) => {
    const origin = Origin.create({ host: 'Origin.Test', weight: 1000, hostHeader, tlsVerification: 1 });
    const caCertificates = selfSigned('origin.test').cert.repeat(2);
    const { origins } = parseRequest(requests.setOrigins, { ...change, origins: [{ ...origin, caCertificates }] });
    expect(read({ type: 'OriginsSet', origins }).origins).toEqual([
      { ...origin, host: 'origin.test', httpPort: 80, httpsPort: 443, caCertificates },
    ]);
  },
);

test.each(['app.acme.test:0', 'app.acme.test:65536', '[2001:db8::1]:99999', '[2001:db8::1::]', '[1.2.3.4]'])(
  'the Host "%s", which no edge and no origin takes, cannot be set',
  (hostHeader) => {
    const origins = [Origin.create({ host: 'origin.test', hostHeader })];
    expect(() => parseRequest(requests.setOrigins, { ...change, origins })).toThrow('origins[0].host_header');
  },
);

test('an edge takes each policy that can be set, with all limits at their largest', () => {
  const largest = 2n ** 40n;
  const given = EdgePolicy.create({
    relayMode: 2,
    maxFrameBytesFromClient: largest,
    maxFrameBytesFromOrigin: largest,
    maxMessageBytesFromClient: largest,
    maxMessageBytesFromOrigin: largest,
    maxConnections: 1_000_000,
    maxHandshakesPerSecond: 1_000_000,
    maxBytesPerSecond: largest,
    allowedOrigins: ['https://*.bücher.test:8443', 'http://[2001:db8::1]', 'http://localhost:3000'],
    allowedSubprotocols: ['chat.v1', "!#$%&'*+-.^_`|~"],
    pingInterval: { seconds: 3600n, nanos: 0 },
  });
  const { edgePolicy } = parseRequest(requests.updateEdgePolicy, { ...change, edgePolicy: given });
  expect(read({ type: 'EdgePolicySet', policy: edgePolicy })).toMatchObject({
    maxMessageBytesFromOrigin: largest,
    allowedOrigins: ['https://*.xn--bcher-kva.test:8443', 'http://[2001:db8::1]', 'http://localhost:3000'],
  });
});

test('the largest domain that can be set fits into a message, so that it holds up no other', () => {
  const name = (index: number) =>
    `${String(index).padStart(3, '0')}.${'a'.repeat(60)}.${'b'.repeat(63)}.${'c'.repeat(63)}.test`;
  const allowedOrigins = Array.from({ length: 100 }, (_, index) => `https://*.${name(index)}:65535`);
  const allowedSubprotocols = Array.from({ length: 32 }, (_, index) => String(index).padStart(64, 'p'));
  const policy = EdgePolicy.create({ relayMode: 1, allowedOrigins, allowedSubprotocols });
  const { edgePolicy } = parseRequest(requests.updateEdgePolicy, { ...change, edgePolicy: policy });
  const cert = selfSigned('origin.test').cert;
  const caCertificates = cert.repeat(Math.min(10, Math.floor((32 * 1024) / cert.length)));
  const origin = Origin.create({ host: name(0), hostHeader: name(0), tlsVerification: 1, caCertificates });
  const { origins } = parseRequest(requests.setOrigins, {
    ...change,
    origins: Array.from({ length: 8 }, () => origin),
  });
  const config = read({ type: 'OriginsSet', origins }, { type: 'EdgePolicySet', policy: edgePolicy });
  expect(JSON.stringify(DomainConfig.toJSON(config)).length).toBeLessThan(2 ** 20 / 2); // NATS takes 1 MiB
  const longer = { ...policy, allowedOrigins: [`https://${'a'.repeat(10_000)}.test`] };
  expect(() => parseRequest(requests.updateEdgePolicy, { ...change, edgePolicy: longer })).toThrow(
    'edge_policy.allowed_origins[0]',
  );
});

test.each([
  { own: 0, granted: 0, told: 0 },
  { own: 5, granted: 0, told: 5 },
  { own: 0, granted: 5, told: 5 },
  { own: 5, granted: 7, told: 5 },
  { own: 7, granted: 5, told: 5 },
])('edges are told the stricter limit: own $own, granted $granted', ({ own, granted, told }) => {
  const limits = { bandwidthBps: 8 * granted, connections: granted };
  const policy = { maxConnections: own, maxBytesPerSecond: own };
  expect(read({ type: 'EdgePolicySet', policy }, { type: 'LimitsGranted', limits, accountSequence: 1 })).toMatchObject({
    maxConnections: told,
    maxBytesPerSecond: BigInt(told),
  });
});
