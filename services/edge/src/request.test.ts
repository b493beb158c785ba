import { describe, expect, test } from 'vitest';
import { HeadReader, type Head } from './head.ts';
import type { Refusal } from './refusal.ts';
import { readRequest, readUpgrade } from './request.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const GOOD = {
  line: 'GET /chat?x=1 HTTP/1.1',
  fields: [
    'Host: Chat.Acme.Test.:8080',
    'Connection: keep-alive, Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
  ],
};

function headOf(line: string, fields: string[]): Head {
  const result = new HeadReader().push(Buffer.from([line, ...fields, '', ''].join('\r\n'), 'latin1'));
  if (result.kind !== 'head') throw new Error(`not a head: ${JSON.stringify(result)}`);
  return result.head;
}

/** The good handshake with a field in another form; undefined leaves it out, several make several lines. */
function withField(name: string, ...lines: string[]): string[] {
  return [...GOOD.fields.filter((field) => !field.startsWith(`${name}:`)), ...lines];
}

/** The refusal, or undefined when the handshake would be forwarded. */
function judge(line: string, fields: string[]): Refusal | undefined {
  const request = readRequest(headOf(line, fields));
  const judged = 'status' in request ? request : readUpgrade(request);
  return 'status' in judged ? judged : undefined;
}

test('a good handshake is forwarded', () => {
  const request = readRequest(
    headOf(GOOD.line, [...GOOD.fields, 'Sec-WebSocket-Protocol: a, b', 'Sec-WebSocket-Protocol: c']),
  );
  if ('status' in request) throw new Error(request.reason);
  expect(request).toMatchObject({ target: '/chat?x=1', host: 'chat.acme.test' });
  expect(readUpgrade(request)).toEqual({ key: KEY, protocols: ['a', 'b', 'c'], extensions: [] });
});

test('extensions are offered by name, without their parameters', () => {
  const request = readRequest(
    headOf(GOOD.line, [...GOOD.fields, 'Sec-WebSocket-Extensions: permessage-deflate; a="1,2", x']),
  );
  expect('status' in request || readUpgrade(request)).toMatchObject({ extensions: ['permessage-deflate', 'x'] });
});

describe('Connection contains upgrade and Upgrade contains websocket in any case, position and number of lines', () => {
  const forms = {
    'upper case': withField('Connection', 'Connection: UPGRADE'),
    'several lines': withField('Connection', 'Connection: keep-alive', 'Connection: x, upgrade'),
    'empty elements': withField('Connection', 'Connection: , ,upgrade,'),
    'websocket in a list': withField('Upgrade', 'Upgrade: h2c, WebSocket'),
    'lower-case names': GOOD.fields.map((field) => field.replace(/^[^:]+/, (name) => name.toLowerCase())),
    'a body of length zero': [...GOOD.fields, 'Content-Length: 0'],
    'another CDN in CDN-Loop': [...GOOD.fields, 'CDN-Loop: other; note="a, longwire", longwired'],
  };
  test.each(Object.entries(forms))('%s', (_, fields) => {
    expect(judge(GOOD.line, fields)).toBeUndefined();
  });
});

const refused: Record<string, [status: number, line: string, fields: string[]]> = {
  'HTTP/1.0': [400, 'GET / HTTP/1.0', GOOD.fields],
  'HTTP/1.2': [400, 'GET / HTTP/1.2', GOOD.fields],
  'HTTP/2.0': [505, 'GET / HTTP/2.0', GOOD.fields],
  'the preface of HTTP/2': [505, 'PRI * HTTP/2.0', []],
  'no version': [400, 'GET /', GOOD.fields],
  'two spaces': [400, 'GET  / HTTP/1.1', GOOD.fields],
  'a word too many': [400, 'GET / x HTTP/1.1', GOOD.fields],
  'a bad method': [400, 'G(T / HTTP/1.1', GOOD.fields],
  'a relative target': [400, 'GET chat HTTP/1.1', GOOD.fields],
  'the asterisk': [400, 'GET * HTTP/1.1', GOOD.fields],
  'a fragment': [400, 'GET /a#b HTTP/1.1', GOOD.fields],
  'a target beyond ASCII': [400, 'GET /\xe9 HTTP/1.1', GOOD.fields],
  'no Host': [400, GOOD.line, withField('Host')],
  'two Hosts': [400, GOOD.line, withField('Host', 'Host: a.test', 'Host: a.test')],
  'an empty Host': [400, GOOD.line, withField('Host', 'Host:')],
  'a dot for a Host': [400, GOOD.line, withField('Host', 'Host: .')],
  'a port that is none': [400, GOOD.line, withField('Host', 'Host: a.test:http')],
  'a port too large': [400, GOOD.line, withField('Host', 'Host: a.test:65536')],
  'a port of nothing': [400, GOOD.line, withField('Host', 'Host: a.test:')],
  'userinfo in Host': [400, GOOD.line, withField('Host', 'Host: user@a.test')],
  'a Host that is no A-label': [400, GOOD.line, withField('Host', 'Host: b\xc3\xbccher.test')],
  'a list in Host': [400, GOOD.line, withField('Host', 'Host: a.test, b.test')],
  'absolute-form of another host': [400, 'GET http://b.test/ HTTP/1.1', withField('Host', 'Host: a.test')],
  'absolute-form of another port': [400, 'GET http://a.test:81/ HTTP/1.1', withField('Host', 'Host: a.test')],
  'absolute-form with userinfo': [400, 'GET http://u@a.test/ HTTP/1.1', withField('Host', 'Host: a.test')],
  'another method': [405, 'POST / HTTP/1.1', GOOD.fields],
  'a method in lower case': [405, 'get / HTTP/1.1', GOOD.fields],
  'a body by length': [400, GOOD.line, [...GOOD.fields, 'Content-Length: 5']],
  'a length that is no number': [400, GOOD.line, [...GOOD.fields, 'Content-Length: -0']],
  'two lengths': [400, GOOD.line, [...GOOD.fields, 'Content-Length: 0', 'Content-Length: 1']],
  'a body by coding': [400, GOOD.line, [...GOOD.fields, 'Transfer-Encoding: chunked']],
  'an empty coding': [400, GOOD.line, [...GOOD.fields, 'Transfer-Encoding:']],
  'plain HTTP': [426, GOOD.line, ['Host: a.test']],
  'no upgrade in Connection': [426, GOOD.line, withField('Connection', 'Connection: keep-alive')],
  'upgrade as a part of a word': [426, GOOD.line, withField('Connection', 'Connection: upgrades')],
  h2c: [426, GOOD.line, withField('Upgrade', 'Upgrade: h2c')],
  'no WebSocket version': [426, GOOD.line, withField('Sec-WebSocket-Version')],
  'an older WebSocket version': [426, GOOD.line, withField('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8')],
  'two WebSocket versions': [426, GOOD.line, [...GOOD.fields, 'Sec-WebSocket-Version: 13']],
  'no key': [400, GOOD.line, withField('Sec-WebSocket-Key')],
  'two keys': [400, GOOD.line, [...GOOD.fields, `Sec-WebSocket-Key: ${KEY}`]],
  'a key too short': [400, GOOD.line, withField('Sec-WebSocket-Key', 'Sec-WebSocket-Key: dGhlIHNhbXBsZQ==')],
  'a key that is not base64': [
    400,
    GOOD.line,
    withField('Sec-WebSocket-Key', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!=='),
  ],
  'our own token in CDN-Loop': [508, GOOD.line, [...GOOD.fields, 'CDN-Loop: other', 'CDN-Loop: x, LongWire; a=b']],
};

describe('what is no handshake is refused with the status that says why', () => {
  test.each(Object.entries(refused))('%s', (_, [status, line, fields]) => {
    expect(judge(line, fields)).toMatchObject({ status });
  });
});

test('a refusal tells how to do it right', () => {
  expect(judge('POST / HTTP/1.1', GOOD.fields)?.headers).toEqual(['Allow: GET']);
  expect(judge(GOOD.line, ['Host: a.test'])?.headers).toEqual(['Upgrade: websocket']);
  expect(judge(GOOD.line, withField('Sec-WebSocket-Version'))?.headers).toContain('Sec-WebSocket-Version: 13');
});

test('a host is known by its A-label, in lower case, without trailing dot and port', () => {
  const read = readRequest(headOf(GOOD.line, withField('Host', 'Host: XN--Bcher-KVA.Test.:8443')));
  expect(read).toMatchObject({ host: 'xn--bcher-kva.test' });
});

test('absolute-form of the same host is taken in origin-form', () => {
  const read = (target: string) => readRequest(headOf(`GET ${target} HTTP/1.1`, withField('Host', 'Host: a.test')));
  expect(read('ws://A.test/x?y')).toMatchObject({ target: '/x?y', host: 'a.test' });
  expect(read('http://a.test')).toMatchObject({ target: '/' });
  expect(read('http://a.test?y')).toMatchObject({ target: '/?y' });
});
