import { describe, expect, test } from 'vitest';
import { acceptOf, readAnswer, type Answer } from './answer.ts';
import { HeadReader } from './head.ts';

const OFFERED = { key: 'dGhlIHNhbXBsZSBub25jZQ==', protocols: ['chat', 'Chat2'], extensions: ['permessage-deflate'] };
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='; // RFC 6455, section 1.3
const GOOD = ['Upgrade: WebSocket', 'Connection: keep-alive, upgrade', `Sec-WebSocket-Accept: ${ACCEPT}`];

function answer(line: string, ...fields: string[]): Answer {
  const result = new HeadReader().push(Buffer.from([line, ...fields, '', ''].join('\r\n'), 'latin1'));
  if (result.kind !== 'head') throw new Error('not a head');
  return readAnswer(result.head, OFFERED);
}

function switching(...fields: string[]): Answer {
  return answer('HTTP/1.1 101 Switching Protocols', ...fields);
}

test('the accept value is the one of the RFC', () => {
  expect(acceptOf(OFFERED.key)).toBe(ACCEPT);
});

test('a right 101 goes to the client with its own fields, and exactly one Connection and Upgrade', () => {
  const result = switching(
    ...GOOD,
    'Set-Cookie: a=1',
    'Set-Cookie: b=2',
    'Keep-Alive: 5',
    'Sec-WebSocket-Protocol: Chat2',
    'sec-websocket-extensions: permessage-deflate; a=1',
  );
  expect(result.kind === 'switched' && result.head.toString('latin1').split('\r\n')).toEqual([
    'HTTP/1.1 101 Switching Protocols',
    `Sec-WebSocket-Accept: ${ACCEPT}`,
    'Set-Cookie: a=1',
    'Set-Cookie: b=2',
    'Sec-WebSocket-Protocol: Chat2',
    'sec-websocket-extensions: permessage-deflate; a=1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    '',
    '',
  ]);
});

describe('a 101 that breaks the protocol or the offer does not count', () => {
  const broken = {
    'HTTP/1.0': answer('HTTP/1.0 101 Switching Protocols', ...GOOD),
    'no Upgrade': switching(...GOOD.slice(1)),
    'another upgrade': switching('Upgrade: h2c', ...GOOD.slice(1)),
    'two upgrades': switching('Upgrade: websocket, h2c', ...GOOD.slice(1)),
    'no Connection': switching(GOOD[0] ?? '', GOOD[2] ?? ''),
    'no accept': switching(...GOOD.slice(0, 2)),
    'a wrong accept': switching(...GOOD.slice(0, 2), 'Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA='),
    'two accepts': switching(...GOOD, `Sec-WebSocket-Accept: ${ACCEPT}`),
    'a protocol not offered': switching(...GOOD, 'Sec-WebSocket-Protocol: mqtt'),
    'a protocol in another case': switching(...GOOD, 'Sec-WebSocket-Protocol: CHAT'),
    'two protocols': switching(...GOOD, 'Sec-WebSocket-Protocol: chat, Chat2'),
    'two protocol lines': switching(...GOOD, 'Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: Chat2'),
    'an extension not offered': switching(...GOOD, 'Sec-WebSocket-Extensions: permessage-deflate, x-other'),
    'a length': switching(...GOOD, 'Content-Length: 0'),
    'a coding': switching(...GOOD, 'Transfer-Encoding: chunked'),
    'a status line that is none': answer('HTTP/2 101'),
    'a status of two digits': answer('HTTP/1.1 99 x'),
  };
  test.each(Object.entries(broken))('%s', (_, result) => {
    expect(result.kind).toBe('broken');
  });
});

test('interim answers are passed over', () => {
  expect(answer('HTTP/1.1 100 Continue').kind).toBe('interim');
  expect(answer('HTTP/1.1 103 Early Hints', 'Link: </a>').kind).toBe('interim');
});

test('another final status is relayed with its fields and the framing of its body', () => {
  const result = answer(
    'HTTP/1.1 401 Unauthorized',
    'WWW-Authenticate: Basic',
    'Content-Length: 3',
    'Connection: keep-alive, X-Hop',
    'X-Hop: 1',
  );
  expect(result).toMatchObject({ kind: 'final', status: 401, body: { kind: 'sized', bytes: 3 } });
  expect(result.kind === 'final' && result.head.toString()).toBe(
    'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 3\r\nConnection: close\r\n\r\n',
  );
});

describe('the length of a body', () => {
  const lengths: Record<string, [fields: string[], body: unknown]> = {
    'by coding': [['Transfer-Encoding: Chunked'], { kind: 'chunked' }],
    'by length, said twice the same': [['Content-Length: 3', 'Content-Length: 3'], { kind: 'sized', bytes: 3 }],
    'until close': [[], { kind: 'until-close' }],
    'unclear by two lengths': [['Content-Length: 3, 4'], undefined],
    'unclear by length and coding': [['Content-Length: 3', 'Transfer-Encoding: chunked'], undefined],
    'unclear by another coding': [['Transfer-Encoding: gzip, chunked'], undefined],
    'unclear by a length that is none': [['Content-Length: 0x3'], undefined],
  };
  test.each(Object.entries(lengths))('%s', (_, [fields, body]) => {
    const result = answer('HTTP/1.1 200 OK', ...fields);
    expect(result.kind === 'final' ? result.body : undefined).toEqual(body);
    expect(result.kind).toBe(body === undefined ? 'broken' : 'final');
  });

  test('a status without a body has none, whatever it says', () => {
    expect(answer('HTTP/1.1 304 Not Modified', 'Content-Length: 9')).toMatchObject({
      body: { kind: 'sized', bytes: 0 },
    });
  });
});

test('chunked framing goes to the client as it came, in HTTP/1.1', () => {
  const result = answer('HTTP/1.0 503 Busy', 'Transfer-Encoding: chunked');
  expect(result.kind === 'final' && result.head.toString()).toBe(
    'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n',
  );
});
