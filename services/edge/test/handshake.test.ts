import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCEPT, handshake, openTunnel, startEdge, startOrigin, SWITCHED } from './harness.ts';
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
