import { expect, test } from 'vitest';
import { selfSigned } from '../test/certificate.ts';
import { readDomainConfig } from './domain-config.ts';

const origin = { host: 'o.test', httpPort: 80, httpsPort: 443 };
const good = {
  domainName: 'a.test',
  accountId: 'acme',
  version: '12',
  websocketEnabled: true,
  heartbeatSeconds: 60,
  backToOrigin: 'BACK_TO_ORIGIN_FOLLOW',
  origins: [origin],
};

test('a config as proto3 JSON writes it is read', () => {
  expect(readDomainConfig(JSON.stringify(good))).toMatchObject({ domainName: 'a.test', version: 12n, removed: false });
});

test('a field of a later version is no error', () => {
  expect(readDomainConfig(JSON.stringify({ ...good, largestFrame: 5 })).version).toBe(12n);
});

test('what a config may say of origins and clients is read', () => {
  const { cert } = selfSigned('o.test');
  const origins = [
    {
      ...origin,
      weight: 3,
      hostHeader: 'b.test:80',
      tlsVerification: 'TLS_VERIFICATION_NONE',
      caCertificates: cert,
    },
  ];
  const rules = { allowedOrigins: ['https://*.a.test', 'null'], allowedSubprotocols: ['chat'], suspended: true };
  const config = readDomainConfig(
    JSON.stringify({ ...good, ...rules, origins, maxBytesPerSecond: '9007199254740993' }),
  );
  expect(config).toMatchObject({ ...rules, maxBytesPerSecond: 9_007_199_254_740_993n });
  expect(config.origins).toMatchObject([{ weight: 3, hostHeader: 'b.test:80', caCertificates: cert }]);
});

test.each([{ suspended: true }, { websocketEnabled: false }, { removed: true }])(
  'nothing else that a config says keeps an edge from shutting the domain: %j',
  (shut) => {
    const origins = [{ ...origin, hostHeader: 'a b' }];
    const config = { ...good, heartbeatSeconds: 0, relayMode: 'RELAY_MODE_INSPECT', origins, ...shut };
    expect(readDomainConfig(JSON.stringify(config))).toMatchObject(shut);
  },
);

test('a tombstone needs its name and version only', () => {
  expect(readDomainConfig('{"domainName":"*.a.test","version":"3","removed":true}')).toMatchObject({ removed: true });
});

test.each<[string, object]>([
  ['no name', { domainName: '' }],
  ['a name in upper case', { domainName: 'A.test' }],
  ['a wildcard inside', { domainName: 'a.*.test' }],
  ['no account', { accountId: '' }],
  ['no version', { version: '0' }],
  ['no heartbeat time', { heartbeatSeconds: 0 }],
  ['a heartbeat time that is no number', { heartbeatSeconds: 'long' }],
  ['no scheme', { backToOrigin: 'BACK_TO_ORIGIN_UNSPECIFIED' }],
  ['a scheme not known', { backToOrigin: 'BACK_TO_ORIGIN_QUIC' }],
  ['a relay mode not known', { relayMode: 'RELAY_MODE_INSPECT' }],
  ['a negative ping interval', { pingIntervalSeconds: -1 }],
  ['a negative limit of connections', { maxConnections: -1 }],
  ['a negative limit of handshakes', { maxHandshakesPerSecond: -1 }],
  ['a negative frame limit of clients', { maxFrameBytesFromClient: '-1' }],
  ['a negative frame limit of origins', { maxFrameBytesFromOrigin: '-1' }],
  ['a negative message limit of clients', { maxMessageBytesFromClient: '-1' }],
  ['a negative message limit of origins', { maxMessageBytesFromOrigin: '-1' }],
  ['no origin', { origins: [] }],
  ['an origin without a host', { origins: [{ httpPort: 80, httpsPort: 443 }] }],
  ['an origin with a negative weight', { origins: [{ ...origin, weight: -1 }] }],
  ['an origin with a Host that is none', { origins: [{ ...origin, hostHeader: 'a b' }] }],
  ['an origin with a check of TLS not known', { origins: [{ ...origin, tlsVerification: 'TLS_VERIFICATION_PINNED' }] }],
  ['an origin with authorities that are none', { origins: [{ ...origin, caCertificates: 'nobody' }] }],
  ['a negative limit of bytes per second', { maxBytesPerSecond: '-1' }],
  ['an allowed origin with a blank', { allowedOrigins: ['https://a.test b'] }],
  ['an allowed subprotocol that is no token', { allowedSubprotocols: ['a,b'] }],
  ['a port too large', { origins: [{ host: 'o.test', httpPort: 80, httpsPort: 70_000 }] }],
])('a config with %s is refused', (_, change) => {
  const [field = ''] = Object.keys(change);
  expect(() => readDomainConfig(JSON.stringify({ ...good, ...change }))).toThrow(field);
});

test('what is no JSON is refused', () => {
  expect(() => readDomainConfig('{')).toThrow('JSON');
  expect(() => readDomainConfig(JSON.stringify({ ...good, version: 'x' }))).toThrow('BigInt');
});
