import { describe, expect, test } from 'vitest';
import { readProxyHeader, type ProxyHeaderResult } from './proxy-header.ts';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

function version2(command: number, family: number, ...addresses: number[]): Buffer {
  const { length } = addresses;
  return Buffer.concat([SIGNATURE, Buffer.of(0x20 | command, family, length >> 8, length & 0xff, ...addresses)]);
}

const IPV4 = [192, 0, 2, 7, 10, 0, 0, 1, 0x12, 0x34, 0x01, 0xbb];
const IPV6 = [
  0x20,
  0x01,
  0x0d,
  0xb8,
  ...Array.from({ length: 11 }, () => 0),
  5,
  ...Array.from({ length: 20 }, () => 1),
];

const read: Record<string, [header: Buffer, source: string | undefined]> = {
  'version 1, IPv4': [Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n'), '192.0.2.7'],
  'version 1, IPv6': [Buffer.from('PROXY TCP6 2001:db8::5 2001:db8::1 4660 443\r\n'), '2001:db8::5'],
  'version 1, unknown': [Buffer.from('PROXY UNKNOWN\r\n'), undefined],
  'version 1, unknown with words': [Buffer.from('PROXY UNKNOWN ffff::1 whatever\r\n'), undefined],
  'version 2, IPv4': [version2(1, 0x11, ...IPV4), '192.0.2.7'],
  'version 2, IPv4 with additions': [version2(1, 0x11, ...IPV4, 0x04, 0, 3, 1, 2, 3), '192.0.2.7'],
  'version 2, IPv6': [version2(1, 0x21, ...IPV6), '2001:db8::5'],
  'version 2, local': [version2(0, 0x00), undefined],
  'version 2, of a UNIX socket': [version2(1, 0x31, ...Array.from({ length: 216 }, () => 0)), undefined],
};

describe('a PROXY header gives the address of the client, whatever the pieces that it comes in', () => {
  test.each(Object.entries(read))('%s', (_, [header, source]) => {
    const pieces = Array.from(header, (__, length) => readProxyHeader(header.subarray(0, length)));
    expect(new Set(pieces)).toEqual(new Set<ProxyHeaderResult>(['more']));
    const expected = { source, length: header.length };
    expect(readProxyHeader(header)).toEqual(expected);
    expect(readProxyHeader(Buffer.concat([header, Buffer.from('GET /')]))).toEqual(expected);
  });
});

const faults: Record<string, Buffer> = {
  'no header at all': Buffer.from('GET / HTTP/1.1\r\n'),
  'TLS at once': Buffer.of(0x16, 0x03, 0x01),
  'a name instead of an address': Buffer.from('PROXY TCP4 localhost 10.0.0.1 1 2\r\n'),
  'an address of the other family': Buffer.from('PROXY TCP4 2001:db8::5 10.0.0.1 1 2\r\n'),
  'a port too large': Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 65536 2\r\n'),
  'a port missing': Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 1\r\n'),
  'another protocol': Buffer.from('PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n'),
  'an endless line': Buffer.from(`PROXY TCP4 ${'1'.repeat(200)}`),
  'version 3': Buffer.concat([SIGNATURE, Buffer.of(0x31, 0x11, 0, 0)]),
  'a command that is none': Buffer.concat([SIGNATURE, Buffer.of(0x22, 0x11, 0, 0)]),
  'a length beyond 4 KiB': Buffer.concat([SIGNATURE, Buffer.of(0x21, 0x11, 0xff, 0xff)]),
  'addresses too short': version2(1, 0x11, 192, 0, 2, 7),
};

describe('what is no PROXY header is a fault', () => {
  test.each(Object.entries(faults))('%s', (_, bytes) => {
    expect(readProxyHeader(bytes)).toBe('fault');
  });
});
