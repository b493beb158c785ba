import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { handshake, KEY, startEdge, startOrigin, type TestEdge, type TestOrigin } from './harness.ts';

/** What an attacker wants the origin to see as a request of its own. */
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n';
const CHUNKED = `0\r\n\r\n${SMUGGLED}`;
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${KEY}`];

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge({ headTimeoutMs: 300 }));
  origin = parts.use(await startOrigin());
  edge.configure({ origins: [origin.address] });
});
afterEach(() => parts.disposeAsync());

/** A handshake whose head is in order, with these lines besides, as they are. */
function withLines(lines: string, end = '\r\n'): string {
  return `GET /chat HTTP/1.1\r\nHost: a.test\r\n${UPGRADE.join('\r\n')}\r\n${lines}${end}`;
}

function request(line: string, ...fields: string[]): string {
  return [line, ...fields, '', ''].join('\r\n');
}

const tricks: Record<string, [status: number, bytes: string]> = {
  'CL.TE': [400, withLines(`Content-Length: ${CHUNKED.length}\r\nTransfer-Encoding: chunked\r\n`) + CHUNKED],
  'TE.CL': [400, withLines('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n') + `5c\r\n${SMUGGLED}0\r\n\r\n`],
  'TE.TE': [400, withLines('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n') + CHUNKED],
  'CL.0': [400, withLines(`Content-Length: ${SMUGGLED.length}\r\n`) + SMUGGLED],
  'two lengths': [400, withLines('Content-Length: 0\r\nContent-Length: 44\r\n') + SMUGGLED],
  'a list of lengths': [400, withLines('Content-Length: 0, 44\r\n') + SMUGGLED],
  'a signed length': [400, withLines('Content-Length: +0\r\n') + SMUGGLED],
  'a length in hexadecimal': [400, withLines('Content-Length: 0x2c\r\n') + SMUGGLED],
  'a length with a blank inside': [400, withLines('Content-Length: 4 4\r\n') + SMUGGLED],
  'a coding in other words': [400, withLines('Transfer-Encoding: xchunked\r\n') + CHUNKED],
  'a coding after a tab': [400, withLines('Transfer-Encoding:\tchunked\r\n') + CHUNKED],
  'a coding in quotes': [400, withLines('Transfer-Encoding: "chunked"\r\n') + CHUNKED],
  'a chunk extension': [400, withLines('Transfer-Encoding: chunked\r\n') + `0;a=\n${SMUGGLED}\r\n\r\n`],
  'a space before the colon': [400, withLines('Transfer-Encoding : chunked\r\n') + CHUNKED],
  'a space before the name': [400, withLines(' Transfer-Encoding: chunked\r\n') + CHUNKED],
  'a vertical tab after the name': [400, withLines('Transfer-Encoding\v: chunked\r\n') + CHUNKED],
  'a name in brackets': [400, withLines('(Transfer-Encoding): chunked\r\n') + CHUNKED],
  'a name beyond ASCII': [400, withLines('Transfer-Encod\xefng: chunked\r\n') + CHUNKED],
  'no name': [400, withLines(': chunked\r\n') + CHUNKED],
  'no colon': [400, withLines('Transfer-Encoding chunked\r\n') + CHUNKED],
  'a folded field': [400, withLines('X: a\r\n Transfer-Encoding: chunked\r\n') + CHUNKED],
  'a fold after the colon': [400, withLines('Transfer-Encoding:\r\n chunked\r\n') + CHUNKED],
  'LF alone between fields': [400, withLines('X: a\nTransfer-Encoding: chunked\r\n') + CHUNKED],
  'LF alone at the end': [400, withLines('X: a\n', '\n') + SMUGGLED],
  'CR alone between fields': [400, withLines('X: a\rTransfer-Encoding: chunked\r\n') + CHUNKED],
  'CR twice': [400, withLines('X: a\r\r\n') + SMUGGLED],
  'NUL in a value': [400, withLines('X: a\0b\r\n') + SMUGGLED],
  'NUL in a name': [400, withLines('Transfer\0-Encoding: chunked\r\n') + CHUNKED],
  'DEL in a value': [400, withLines('X: \x7f\r\n') + SMUGGLED],
  'two Hosts': [400, withLines('Host: b.test\r\n') + SMUGGLED],
  'two Hosts that are equal': [400, withLines('host: a.test\r\n') + SMUGGLED],
  'Host with a path': [400, request('GET / HTTP/1.1', 'Host: a.test/b', ...UPGRADE) + SMUGGLED],
  'Host with userinfo': [400, request('GET / HTTP/1.1', 'Host: a.test@b.test', ...UPGRADE) + SMUGGLED],
  'absolute-form of another host': [400, request('GET http://b.test/ HTTP/1.1', 'Host: a.test', ...UPGRADE) + SMUGGLED],
  'absolute-form of another scheme': [
    400,
    request('GET ftp://a.test/ HTTP/1.1', 'Host: a.test', ...UPGRADE) + SMUGGLED,
  ],
  'authority-form': [400, request('CONNECT a.test:443 HTTP/1.1', 'Host: a.test', ...UPGRADE) + SMUGGLED],
  'a second request in the line': [400, request('GET / HTTP/1.1 GET /smuggled HTTP/1.1', 'Host: a.test') + SMUGGLED],
  'an empty line first': [400, `\r\n${handshake('a.test')}${SMUGGLED}`],
  'HTTP/0.9': [400, `GET /smuggled\r\n${SMUGGLED}`],
  'HTTP/1.0 kept alive': [
    400,
    request('GET / HTTP/1.0', 'Host: a.test', ...UPGRADE, 'Connection: keep-alive') + SMUGGLED,
  ],
  'the preface of HTTP/2': [505, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SMUGGLED}`],
  'a POST with a body': [405, request('POST / HTTP/1.1', 'Host: a.test', ...UPGRADE, 'Content-Length: 44') + SMUGGLED],
  h2c: [
    426,
    request(
      'GET / HTTP/1.1',
      'Host: a.test',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQ',
    ) + SMUGGLED,
  ],
  'h2c without its settings': [
    426,
    request('GET / HTTP/1.1', 'Host: a.test', 'Connection: Upgrade', 'Upgrade: h2c') + SMUGGLED,
  ],
  'a bad WebSocket version, then another request': [
    426,
    handshake('a.test').replace('Version: 13', 'Version: 777') + SMUGGLED,
  ],
  'a bad WebSocket key, then another request': [400, handshake('a.test').replace(KEY, 'short') + SMUGGLED],
  'plain HTTP, then a handshake': [426, SMUGGLED + handshake('a.test')],
  'an unknown domain, then a known one': [404, handshake('b.test') + handshake('a.test')],
  'too many fields': [431, withLines('X: a\r\n'.repeat(100)) + SMUGGLED],
  'a head too large': [431, withLines(`X: ${'a'.repeat(16_400)}\r\n`) + SMUGGLED],
  'a target too long': [414, `GET /${'a'.repeat(8_200)} HTTP/1.1\r\n${SMUGGLED}`],
};

describe('of a request that is refused nothing reaches the origin, and there is one answer', () => {
  test.each(Object.entries(tricks))('%s', async (_, [status, bytes]) => {
    const client = await edge.dial(bytes);
    const answer = await client.ended();
    expect(Number(answer.split(' ')[1])).toBe(status);
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    client.socket.end(handshake('a.test')); // on the same connection, after the answer
    await client.closed;
    expect(origin.connections).toHaveLength(0);
  });
});

describe('of a request that is forwarded the origin sees one head, and no other before its 101', () => {
  const passing: Record<string, string> = {
    'with a request behind it': handshake('a.test') + SMUGGLED,
    'with an empty body announced': handshake('a.test', 'Content-Length: 0') + SMUGGLED,
    'with its framing named in Connection':
      handshake('a.test', 'Connection: Content-Length, Host', 'Content-Length: 0') + SMUGGLED,
    'with h2c offered besides': handshake('a.test').replace('Upgrade: websocket', 'Upgrade: h2c, websocket') + SMUGGLED,
    'in absolute-form': handshake('a.test').replace('/chat', 'http://a.test/chat') + SMUGGLED,
  };
  test.each(Object.entries(passing))('%s', async (_, bytes) => {
    const client = await edge.dial(bytes);
    const server = await origin.next();
    const head = await server.head();
    expect(head).toMatch(/^GET \/chat HTTP\/1.1\r\nHost: a.test\r\n/);
    expect(head).not.toMatch(/h2c|content-length|transfer-encoding|smuggled/i);
    expect(head.match(/^(host|connection|upgrade):/gim)).toHaveLength(3);
    server.socket.end('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
    expect((await client.ended()).match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    await server.ended();
    expect(server.text).toBe('');
    expect(origin.connections).toHaveLength(1);
  });
});
