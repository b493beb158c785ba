import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCEPT, handshake, startEdge, startOrigin, SWITCHED } from './harness.ts';
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
