import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCEPT, closedPort, handshake, openTunnel, originAt, startEdge, startOrigin, SWITCHED } from './harness.ts';
import type { TestEdge, TestOrigin } from './harness.ts';

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge({ headTimeoutMs: 400 }));
  origin = parts.use(await startOrigin());
  edge.configure({ origins: [origin.address] });
});
afterEach(() => parts.disposeAsync());

function statuses(): Record<number, bigint> {
  const [domain] = [...edge.edge.routes.domains];
  return domain?.figures.take().handshakeStatuses ?? {};
}

const statusOf = (answer: string) => Number(answer.split(' ')[1]);

describe('refusals', () => {
  test('an unknown domain is 404, without contact to an origin, charged to nobody', async () => {
    const client = await edge.dial(handshake('b.test'));
    expect(await client.ended()).toMatch(
      /^HTTP\/1.1 404 Not Found\r\n(.+\r\n)*Content-Length: 20\r\nConnection: close\r\n\r\nno such domain here\n$/,
    );
    expect(origin.connections).toHaveLength(0);
    expect(statuses()).toEqual({});
  });

  test('a domain with WebSocket off is 403 at once, without contact to its origin, counted', async () => {
    edge.configure({ origins: [origin.address], websocketEnabled: false });
    expect(statusOf(await (await edge.dial(handshake('a.test'))).ended())).toBe(403);
    expect(origin.connections).toHaveLength(0);
    expect(statuses()).toEqual({ 403: 1n });
  });

  test('plain HTTP is 426 with Upgrade: websocket, counted for the domain', async () => {
    const answer = await (await edge.dial('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')).ended();
    expect(answer).toMatch(/^HTTP\/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n/);
    expect(statuses()).toEqual({ 426: 1n });
  });

  test('bytes of a body never reach the origin', async () => {
    const client = await edge.dial(`${handshake('a.test', 'Content-Length: 5')}hello`);
    expect(statusOf(await client.ended())).toBe(400);
    expect(origin.connections).toHaveLength(0);
  });

  test('after a refusal no further byte is parsed, and a client that sends on still gets its answer', async () => {
    const client = await edge.dial(`GET / HTTP/1.0\r\n\r\n${handshake('a.test')}${'x'.repeat(500_000)}`);
    expect((await client.ended()).match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(client.hasEnded).toBe(true); // by a FIN: a reset could have destroyed the answer
    expect(statusOf(client.text)).toBe(400);
    expect(origin.connections).toHaveLength(0);
  });

  test('a client that does not close after its refusal is left within two seconds', async () => {
    const client = await edge.dial(handshake('b.test'));
    await client.ended();
    const begun = edge.seconds;
    const dripping = setInterval(() => client.socket.write('x'), 50);
    await client.closed;
    clearInterval(dripping);
    expect(edge.seconds - begun).toBeLessThanOrEqual(3);
  });

  test('a head that is not complete in time is 408, at any trickle', async () => {
    const client = await edge.dial();
    const begun = edge.seconds;
    const dripping = setInterval(() => client.socket.write('G'), 50);
    const answer = await client.ended();
    clearInterval(dripping);
    expect(statusOf(answer)).toBe(408);
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
  });

  test('a client that says nothing is left without an answer', async () => {
    expect(await (await edge.dial()).ended()).toBe('');
  });

  test('a reset in the middle of a head leaves nothing behind', async () => {
    const client = await edge.dial('GET / HT');
    client.socket.resetAndDestroy();
    expect(statusOf(await (await edge.dial(handshake('b.test'))).ended())).toBe(404);
  });
});

describe('toward the origin', () => {
  test('a handshake is forwarded once, and the client has its 101 only after the origin gave it', async () => {
    const client = await edge.dial(handshake('a.test', 'X-Own: 1'));
    const server = await origin.next();
    const head = await server.head();
    expect(head).toBe(
      'GET /chat HTTP/1.1\r\nHost: a.test\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Own: 1\r\n' +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.test\r\nX-Forwarded-Port: 80\r\nForwarded: for=127.0.0.1;host=a.test;proto=http\r\nX-Request-Id: test-1\r\nCDN-Loop: longwire\r\n\r\n',
    );
    expect(client.text).toBe('');
    server.socket.write(SWITCHED);
    expect(await client.head()).toBe(
      `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${ACCEPT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    expect(origin.connections).toHaveLength(1);
    expect(statuses()).toEqual({ 101: 1n });
  });

  test('a head that comes byte by byte is forwarded the same', async () => {
    const client = await edge.dial();
    for (const byte of Buffer.from(handshake('a.test'))) {
      client.socket.write(Buffer.of(byte));
      await turn();
    }
    expect(await (await origin.next()).head()).toMatch(/^GET \/chat HTTP\/1.1\r\nHost: a.test\r\n/);
  });

  test('a 101 that comes byte by byte, after interim answers, is one', async () => {
    const client = await edge.dial(handshake('a.test'));
    const server = await origin.next();
    await server.head();
    for (const byte of Buffer.from(`HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${SWITCHED}first`)) {
      server.socket.write(Buffer.of(byte));
      await turn();
    }
    expect(await client.head()).toMatch(/^HTTP\/1.1 101 /);
    expect(await client.until((text) => text.length === 5)).toBe('first');
  });

  test('frames in the same segment as the 101 arrive, in order', async () => {
    const client = await edge.dial(handshake('a.test'));
    const server = await origin.next();
    server.socket.write(`${SWITCHED}first`);
    server.socket.write('second');
    await client.head();
    expect(await client.until((text) => text.length === 11)).toBe('firstsecond');
  });

  test('bytes that come before the 101 are held, and sent on after it in order', async () => {
    const client = await edge.dial(`${handshake('a.test')}one,`);
    const server = await origin.next();
    await server.head();
    client.socket.write('two,');
    await turn();
    expect(server.text).toBe('');
    server.socket.write(SWITCHED);
    await client.head();
    client.socket.write('three');
    expect(await server.until((text) => text.length === 13)).toBe('one,two,three');
  });

  test('a client that sends much before its 101 is not read on, and loses nothing', async () => {
    const much = Buffer.alloc(32 * 1024 * 1024, 'abcdefg');
    const client = await edge.dial(handshake('a.test'));
    client.socket.write(much);
    const server = await origin.next();
    await server.head();
    await sleep(200); // enough for all of it, were it read
    expect(client.socket.writableLength).toBeGreaterThan(0);
    server.socket.write(SWITCHED);
    expect((await server.bytes(much.length)).equals(much)).toBe(true);
  });

  test('bytes that came before a refusal never reach the origin', async () => {
    const client = await edge.dial(`${handshake('a.test')}secret`);
    const server = await origin.next();
    await server.head();
    server.socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    expect(statusOf(await client.ended())).toBe(401);
    await server.ended();
    expect(server.text).toBe('');
  });

  test('a client that leaves while its origin is asked ends the attempt within a second, counted 499', async () => {
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const client = await edge.dial(handshake('a.test'));
      const server = await origin.next();
      await server.head();
      const begun = edge.seconds;
      client.socket[leave]();
      await server.ended();
      expect(edge.seconds - begun).toBeLessThanOrEqual(1);
    }
    expect(statuses()).toEqual({ 499: 2n });
  });

  test('a domain that is switched off while its origin is asked gets no tunnel', async () => {
    const client = await edge.dial(handshake('a.test'));
    const server = await origin.next();
    edge.configure({ origins: [origin.address], websocketEnabled: false });
    server.socket.write(SWITCHED);
    expect(statusOf(await client.ended())).toBe(403);
    await server.ended();
  });

  test('each handshake has a connection of its own to the origin', async () => {
    const first = await openTunnel(edge, origin);
    const second = await openTunnel(edge, origin);
    expect(first.server).not.toBe(second.server);
    expect(origin.connections).toHaveLength(2);
  });
});

describe('what the origin answers instead of a 101', () => {
  const finals: Record<string, [answer: string, relayed: string]> = {
    'a sized body': [
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\ndenied',
      'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 6\r\nConnection: close\r\n\r\ndenied',
    ],
    'a chunked body': [
      'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbusy\r\n0\r\n\r\n',
      'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nbusy\r\n0\r\n\r\n',
    ],
    'no body': ['HTTP/1.1 204 No Content\r\n\r\n', 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n'],
  };
  test.each(Object.entries(finals))('is relayed with %s, and both sides close', async (_, [answer, relayed]) => {
    const client = await edge.dial(handshake('a.test'));
    const server = await origin.next();
    server.socket.write(answer);
    expect(await client.ended()).toBe(relayed);
    await server.ended();
    expect(statuses()).toEqual({ [statusOf(answer)]: 1n });
  });

  test('is relayed with a body that only the end of TCP ends', async () => {
    const client = await edge.dial(handshake('a.test'));
    (await origin.next()).socket.end('HTTP/1.0 500 Oops\r\n\r\nall is lost');
    expect(await client.ended()).toBe('HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\nall is lost');
  });

  test('is cut short where the origin cut it, and never looks whole', async () => {
    const client = await edge.dial(handshake('a.test'));
    (await origin.next()).socket.end('HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nhalf');
    expect(await client.ended()).toContain('Content-Length: 100\r\n');
    expect(client.text).toMatch(/half$/);
  });

  test.each([
    ['a 101 with a wrong accept', SWITCHED.replace(ACCEPT, 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=')],
    ['a malformed head', 'HTTP/1.1 101 Switching\nUpgrade: websocket\r\n\r\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(20_000)}`],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
  ])('is 502 and no tunnel when it is %s', async (_, answer) => {
    const client = await edge.dial(handshake('a.test'));
    const server = await origin.next();
    server.socket.write(answer);
    expect(statusOf(await client.ended())).toBe(502);
    await server.ended();
    expect(edge.edge.tunnels).toBe(0);
  });

  test.each(['end', 'resetAndDestroy'] as const)('is 502 when it leaves by %s', async (leave) => {
    const client = await edge.dial(handshake('a.test'));
    (await origin.next()).socket[leave]();
    expect(statusOf(await client.ended())).toBe(502);
  });

  test('is 504 when it does not come in time', async () => {
    const client = await edge.dial(handshake('a.test'));
    const server = await origin.next();
    expect(statusOf(await client.ended())).toBe(504);
    await server.ended();
  });
});

describe('choosing among origins', () => {
  test('a refused connection goes on to the next origin', async () => {
    const closed = await closedPort();
    edge.configure({ origins: [{ ...origin.address, httpPort: closed }, origin.address] });
    await openTunnel(edge, origin);
  });

  test('a name that does not exist goes on to the next origin', async () => {
    edge.configure({ origins: [{ ...origin.address, host: 'nowhere.invalid' }, origin.address] });
    await openTunnel(edge, origin);
  });

  test('an address that refuses goes on to the next address of the name, and comes last from then on', async () => {
    const named = parts.use(await startEdge({ resolve: async () => ['127.0.0.2', '127.0.0.1'] }));
    named.configure({ origins: [{ ...origin.address, host: 'origin.test' }] });
    await openTunnel(named, origin);
    const second = parts.use(await startOrigin(() => {}, { host: '127.0.0.2', port: origin.port }));
    await openTunnel(named, origin);
    expect(second.connections).toHaveLength(0);
  });

  test('502 when every origin refuses', async () => {
    const closed = await closedPort();
    edge.configure({ origins: [{ ...origin.address, httpPort: closed }] });
    const answer = await (await edge.dial(handshake('a.test'))).ended();
    expect(answer).toMatch(/^HTTP\/1.1 502 [^]*the origin refused the connection\n$/);
  });

  test('an origin that took the handshake and failed is not followed by another', async () => {
    const second = parts.use(await startOrigin());
    edge.configure({ origins: [origin.address, second.address] });
    const client = await edge.dial(handshake('a.test'));
    (await origin.next()).socket.end();
    expect(statusOf(await client.ended())).toBe(502);
    expect(second.connections).toHaveLength(0);
  });
});

describe('addresses that no origin may have', () => {
  const LOOPBACKS = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '0.0.0.0',
  ];

  test('an address that is not public is never connected to, in whatever form, unless the operator allows it', async () => {
    const strict = parts.use(await startEdge({ allow: '' }));
    const refusals: Record<string, boolean> = {};
    for (const host of LOOPBACKS) {
      strict.configure({ origins: [{ ...origin.address, host }] });
      const answer = await (await strict.dial(handshake('a.test'))).ended();
      refusals[host] = /^HTTP\/1.1 502 [^]*the address of the origin is not allowed\n$/.test(answer);
    }
    expect(refusals).toEqual(Object.fromEntries(LOOPBACKS.map((host) => [host, true])));
    expect(origin.connections).toHaveLength(0);
  });

  test('a name is judged by the addresses it has when it is connected to', async () => {
    edge.configure({ origins: [{ ...origin.address, host: 'localhost' }] }); // 127.0.0.1 is allowed here, ::1 is not
    await openTunnel(edge, origin);
  });

  test('a mixed answer loses its private part', async () => {
    const resolve = async () => ['169.254.169.254', '127.0.0.1', '10.0.0.1'];
    // An address that was tried would take longer than the test may.
    const strict = parts.use(await startEdge({ allow: '127.0.0.1', resolve, dialTimeoutMs: 60_000 }));
    strict.configure({ origins: [{ ...origin.address, host: 'origin.test' }] });
    await openTunnel(strict, origin);
  });

  test('the edge itself is no origin', async () => {
    edge.configure({ origins: [originAt('127.0.0.1', edge.port)] });
    expect(statusOf(await (await edge.dial(handshake('a.test'))).ended())).toBe(502);
  });
});
