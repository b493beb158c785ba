import { describe, expect, test } from 'vitest';
import { writeOriginRequest } from './forward.ts';
import type { Arrival } from './forwarded.ts';
import type { Field } from './head.ts';

const CLIENT: Arrival = { address: '192.0.2.7', secure: false, serverName: undefined, isTrusted: false };

function forward(...fields: string[]): string[] {
  return forwardAs(CLIENT, ...fields);
}

function forwardAs(arrival: Arrival, ...fields: string[]): string[] {
  const parsed = fields.map((line): Field => {
    const name = line.slice(0, line.indexOf(':'));
    return { name, key: name.toLowerCase(), value: line.slice(name.length + 2) };
  });
  const request = { method: 'GET', target: '/a?b=%C3', host: 'a.test', fields: parsed };
  const bytes = writeOriginRequest(request, arrival, 'made-1');
  const text = bytes.toString('latin1');
  expect(text.endsWith('\r\n\r\n')).toBe(true);
  return text.slice(0, -4).split('\r\n');
}

const OURS = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'X-Forwarded-For: 192.0.2.7',
  'X-Forwarded-Proto: http',
  'X-Forwarded-Host: A.test:80',
  'X-Forwarded-Port: 80',
  'Forwarded: for=192.0.2.7;host="A.test:80";proto=http',
  'X-Request-Id: made-1',
  'CDN-Loop: longwire',
];

test('fields pass byte-equal, in their case and order, duplicates apart', () => {
  const kept = [
    'Host: A.test:80',
    'Sec-WebSocket-Key: x',
    'sec-websocket-protocol: b',
    'Sec-WebSocket-Protocol: a,  c',
    'Origin: https://A.test',
    'Cookie: a=\xe9; b="c,d"',
    'cookie: e',
    'CDN-Loop: other',
  ];
  expect(forward(...kept)).toEqual(['GET /a?b=%C3 HTTP/1.1', ...kept, ...OURS]);
});

test('the Host that an origin wants stands in the place of the client’s, and forwarding fields say the client’s', () => {
  const fields = [
    { name: 'X-First', key: 'x-first', value: '1' },
    { name: 'hOst', key: 'host', value: 'A.test:80' },
  ];
  const request = { method: 'GET', target: '/', host: 'a.test', fields };
  const lines = writeOriginRequest(request, CLIENT, 'made-1', 'b.test').toString('latin1').trimEnd().split('\r\n');
  expect(lines).toEqual(['GET / HTTP/1.1', 'X-First: 1', 'hOst: b.test', ...OURS]);
});

test('hop-by-hop fields and those that Connection names are removed', () => {
  const removed = [
    'Connection: Upgrade, X-Hop , keep-alive',
    'connection: Y-Hop',
    'Upgrade: h2c, websocket',
    'x-hop: 1',
    'Y-HOP: 1',
  ];
  removed.push(
    'Keep-Alive: timeout=5',
    'TE: trailers',
    'Trailer: x',
    'Proxy-Connection: x',
    'Proxy-Authorization: x',
    'HTTP2-Settings: x',
  );
  removed.push('Content-Length: 0');
  expect(forward('Host: A.test:80', ...removed, 'X-Kept: 1')).toEqual([
    'GET /a?b=%C3 HTTP/1.1',
    'Host: A.test:80',
    'X-Kept: 1',
    ...OURS,
  ]);
});

test('nobody removes what identifies or secures the request by naming it in Connection', () => {
  const named = [
    'Host: A.test:80',
    'Sec-WebSocket-Key: x',
    'Cookie: c',
    'Authorization: d',
    'Origin: e',
    'CDN-Loop: f',
  ];
  const list = 'Connection: Host, X-Forwarded-For, Sec-WebSocket-Key, Cookie, Authorization, Origin, CDN-Loop, Upgrade';
  expect(forward(list, ...named)).toEqual(['GET /a?b=%C3 HTTP/1.1', ...named, ...OURS]);
});

test('what a client claims about forwarding is replaced, outside the trusted networks', () => {
  const claims = [
    'X-Forwarded-For: 1.1.1.1',
    'x-forwarded-proto: https',
    'X-Forwarded-Host: b',
    'X-Forwarded-Port: 1',
    'X-Forwarded-Prefix: /admin',
    'X-Real-IP: 1.1.1.1',
    'Forwarded: for=1.1.1.1',
  ];
  expect(forward('Host: A.test:80', ...claims)).toEqual(['GET /a?b=%C3 HTTP/1.1', 'Host: A.test:80', ...OURS]);
});

describe('what a trusted proxy says about forwarding', () => {
  const proxy: Arrival = { ...CLIENT, address: '2001:db8::5', isTrusted: true };
  const forwarding = (lines: string[]) => lines.filter((line) => /^(x-forwarded|x-real|forwarded)/i.test(line));

  test('is kept, and the proxy itself appended', () => {
    const told = [
      'X-Forwarded-For: 198.51.100.9, 198.51.100.10',
      'X-Forwarded-Prefix: /kept',
      'X-Real-IP: 198.51.100.9',
      'x-forwarded-for: 10.0.0.3',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: front.test',
      'X-Forwarded-Port: 8443',
      'Forwarded: for=198.51.100.9;proto=https',
    ];
    expect(forwarding(forwardAs(proxy, 'Host: a.test', ...told))).toEqual([
      'X-Forwarded-Prefix: /kept',
      'X-Real-IP: 198.51.100.9',
      'X-Forwarded-For: 198.51.100.9, 198.51.100.10, 10.0.0.3, 2001:db8::5',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: front.test',
      'X-Forwarded-Port: 8443',
      'Forwarded: for=198.51.100.9;proto=https, for="[2001:db8::5]";host=a.test;proto=http',
    ]);
  });

  test('is completed where it says nothing', () => {
    expect(forwarding(forwardAs({ ...proxy, secure: true }, 'Host: a.test'))).toEqual([
      'X-Forwarded-For: 2001:db8::5',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: a.test',
      'X-Forwarded-Port: 443',
      'Forwarded: for="[2001:db8::5]";host=a.test;proto=https',
    ]);
  });
});

test('the origin is told the port that the client named, else that of the scheme', () => {
  const portOf = (arrival: Arrival, host: string) =>
    forwardAs(arrival, `Host: ${host}`).find((line) => line.startsWith('X-Forwarded-Port'));
  expect(portOf(CLIENT, 'a.test')).toBe('X-Forwarded-Port: 80');
  expect(portOf({ ...CLIENT, secure: true }, 'a.test')).toBe('X-Forwarded-Port: 443');
  expect(portOf({ ...CLIENT, secure: true }, '[::1]:8443')).toBe('X-Forwarded-Port: 8443');
});

test('a request id of the client passes as it is; one that is none is replaced', () => {
  const head = ['Host: A.test:80', 'x-request-ID: their/7'];
  expect(forward(...head)).toEqual([
    'GET /a?b=%C3 HTTP/1.1',
    ...head,
    ...OURS.filter((line) => !line.startsWith('X-Request-Id')),
  ]);
  expect(forward('Host: A.test:80', 'x-request-ID: their 7')).toEqual([
    'GET /a?b=%C3 HTTP/1.1',
    'Host: A.test:80',
    ...OURS,
  ]);
});
