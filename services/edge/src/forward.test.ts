import { expect, test } from 'vitest';
import { writeOriginRequest } from './forward.ts';
import type { Field } from './head.ts';

function forward(...fields: string[]): string[] {
  const parsed = fields.map((line): Field => ({
    name: line.slice(0, line.indexOf(':')),
    value: line.slice(line.indexOf(':') + 2),
  }));
  const request = { method: 'GET', target: '/a?b=%C3', host: 'a.test', fields: parsed };
  const bytes = writeOriginRequest(request, { address: '192.0.2.7', scheme: 'http' });
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

test('what a client claims about forwarding is replaced', () => {
  const claims = [
    'X-Forwarded-For: 1.1.1.1',
    'x-forwarded-proto: https',
    'X-Forwarded-Host: b',
    'X-Forwarded-Port: 1',
    'Forwarded: for=1.1.1.1',
  ];
  expect(forward('Host: A.test:80', ...claims)).toEqual(['GET /a?b=%C3 HTTP/1.1', 'Host: A.test:80', ...OURS]);
});
