import { describe, expect, test } from 'vitest';
import { checkOriginHost, isForbiddenAddress, parseAddressRanges } from './index.ts';

const NOTHING = parseAddressRanges('');

describe('an address that is not public is forbidden', () => {
  const forbidden = {
    'this network': ['0.0.0.0', '0.255.255.255'],
    loopback: ['127.0.0.1', '127.255.255.254', '::1'],
    'private networks': ['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    'shared address space': ['100.64.0.1', '100.127.255.255', '100.100.100.200'],
    'link local': ['169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', 'fec0::1'],
    'multicast, reserved and broadcast': ['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', 'ff02::1'],
    'endpoints of clouds': ['168.63.129.16', '192.0.0.192', 'fd00:ec2::254'],
    'documentation and benchmarks': [
      '192.0.2.1',
      '198.51.100.1',
      '203.0.113.1',
      '198.18.0.1',
      '2001:db8::1',
      '3fff::1',
    ],
    'unspecified and unique local': ['::', 'fc00::1', 'fdff::1'],
    'mapped and compatible IPv4': [
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:8.8.8.8',
      '::127.0.0.1',
      '::ffff:0:127.0.0.1',
    ],
    'IPv4 behind a translator': ['64:ff9b::7f00:1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '2002:7f00:1::', '2001:0:1::1'],
    'what is no address': ['', 'localhost', 'fe80::1%eth0', '2130706433', '127.1', '0177.0.0.1', '[::1]', '127.0.0.1 '],
  };
  test.each(Object.entries(forbidden))('%s', (_, addresses) => {
    expect(addresses.filter((address) => !isForbiddenAddress(address, NOTHING))).toEqual([]);
  });
});

test('a public address is not forbidden, one step outside each range', () => {
  const publicOnes = [
    '1.0.0.0',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
  ];
  publicOnes.push('128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255');
  publicOnes.push(
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '168.63.129.17',
    '2606:4700::1111',
    '2a00::1',
  );
  expect(publicOnes.filter((address) => isForbiddenAddress(address, NOTHING))).toEqual([]);
});

test('the operator allows a range, and only that range, of one family', () => {
  const allow = parseAddressRanges(' 127.0.0.0/8, 10.1.2.3 ,fd00:1::/32,, ');
  const allowed = ['127.0.0.1', '127.9.9.9', '10.1.2.3', 'fd00:1::5'];
  expect(allowed.filter((address) => isForbiddenAddress(address, allow))).toEqual([]);
  const others = ['10.1.2.4', '192.168.0.1', '::1', '::ffff:127.0.0.1', 'fd00:2::5'];
  expect(others.filter((address) => !isForbiddenAddress(address, allow))).toEqual([]);
});

test('allowing every IPv6 address allows no IPv4 address', () => {
  expect(isForbiddenAddress('127.0.0.1', parseAddressRanges('::/0'))).toBe(true);
  expect(isForbiddenAddress('::1', parseAddressRanges('::/0'))).toBe(false);
});

test.each([
  '10.0.0.0/33',
  '10.0.0/8',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  'fc00::/129',
  'example.com',
  '10.0.0.0/-1',
  'fe80::%1/10',
])('a bad entry %s of the operator is refused by name', (entry) => {
  expect(() => parseAddressRanges(`127.0.0.1,${entry}`)).toThrow(`"${entry}"`);
});

describe('the host of an origin', () => {
  const fine = [
    'example.com',
    'a.b-c.example',
    'xn--bcher-kva.example',
    '_srv.example.com',
    '8.8.8.8',
    '2606:4700::1111',
    'origin',
    '1.example',
    'a.b.',
  ];
  test.each(fine)('%s is fine', (host) => {
    expect(checkOriginHost(host, NOTHING)).toBeUndefined();
  });

  const disguised = [
    '2130706433',
    '0x7f000001',
    '017700000001',
    '127.1',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.0.0.01',
    '127.0.0.1.',
    '8.8',
    '256.1.1.1',
    'a.0x',
  ];
  test.each(disguised)('%s is an IPv4 address in a form that is refused', (host) => {
    expect(checkOriginHost(host, NOTHING)).toMatch('four decimal numbers');
  });

  test.each([
    '127.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
  ])('%s is not public', (host) => {
    expect(checkOriginHost(host, NOTHING)).toMatch('not public');
  });

  test('localhost is fine where the operator allows loopback', () => {
    expect(checkOriginHost('localhost', parseAddressRanges('127.0.0.0/8'))).toBeUndefined();
  });

  const malformed = [
    '',
    '.',
    'a..b',
    '-a.example',
    'a-.example',
    'a b',
    'a/b',
    'user@a',
    'a:80',
    '[::1]',
    'bücher.example',
    'a\r\nb',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}b`,
  ];
  test.each(malformed)('%j is no host', (host) => {
    expect(checkOriginHost(host, NOTHING)).toMatch('not a host name');
  });
});
