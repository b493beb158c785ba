import { parseAddressRanges } from '@longwire/origins';
import { expect, test } from 'vitest';
import { cameByTls, clientAddress, type Arrival } from './forwarded.ts';

const PLAIN: Arrival = { address: '10.0.0.1', secure: false, serverName: undefined, isTrusted: false };
const PROXY: Arrival = { ...PLAIN, isTrusted: true };
const trusted = parseAddressRanges('10.0.0.0/8,fd00::/8');

const told = (...values: string[]) =>
  values.map((value) => ({ name: 'X-Forwarded-For', key: 'x-forwarded-for', value }));

test.each([
  [
    'the last that is not a trusted proxy, for the ones before it may be made up',
    ['1.1.1.1, 192.0.2.7', '10.0.0.9'],
    '192.0.2.7',
  ],
  ['also in IPv6', ['2001:db8::5, fd00::1'], '2001:db8::5'],
  ['also as IPv6 writes IPv4', ['::ffff:192.0.2.7'], '192.0.2.7'],
  ['never what is no address', ['unknown, 192.0.2.7:80, _hidden'], '10.0.0.1'],
  ['the proxy itself when it tells nothing', [], '10.0.0.1'],
])('behind a trusted proxy the client has the address that it tells: %s', (_, values, address) => {
  expect(clientAddress(told(...values), PROXY, trusted)).toBe(address);
});

test("without trust the address of the connection is the client's, whatever it tells", () => {
  expect(clientAddress(told('192.0.2.7'), PLAIN, trusted)).toBe('10.0.0.1');
});

test('a client came by TLS when we or a trusted proxy before us say so', () => {
  const claim = (value: string) => [{ name: 'X-Forwarded-Proto', key: 'x-forwarded-proto', value }];
  expect(cameByTls([], { ...PLAIN, secure: true })).toBe(true);
  expect(cameByTls(claim('https'), PLAIN)).toBe(false);
  expect(cameByTls(claim('https'), PROXY)).toBe(true);
  expect(cameByTls(claim('WSS'), PROXY)).toBe(true);
  expect(cameByTls(claim('http'), { ...PROXY, secure: true })).toBe(false);
  expect(cameByTls([], PROXY)).toBe(false);
});
