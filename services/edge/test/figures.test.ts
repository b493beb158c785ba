import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeFrame } from '../src/own-frames.ts';
import type { Domain } from '../src/routes.ts';
import { openTunnel, startEdge, startOrigin, type Peer, type TestEdge, type TestOrigin } from './harness.ts';

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
let domain: Domain;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge());
  origin = parts.use(await startOrigin());
  domain = edge.configure({ origins: [origin.address] });
});
afterEach(() => parts.disposeAsync());

type End = (client: Peer, server: Peer) => void;

test.each<[string, End, { side: string; cause: string; code: number }]>([
  [
    'a Close of the client',
    ({ socket }) => socket.end(closeFrame(4_001, '', true)),
    { side: 'client', cause: 'close_frame', code: 4_001 },
  ],
  [
    'a Close of the origin',
    (_, { socket }) => socket.end(closeFrame(1_011, '', false)),
    { side: 'origin', cause: 'close_frame', code: 1_011 },
  ],
  [
    'a Close without status',
    ({ socket }) => socket.end(Buffer.of(0x88, 0x80, 1, 2, 3, 4)),
    { side: 'client', cause: 'close_frame', code: 1_005 },
  ],
  ['a FIN without Close', (_, { socket }) => socket.end(), { side: 'origin', cause: 'fin', code: 1_006 }],
  ['a reset', ({ socket }) => socket.resetAndDestroy(), { side: 'client', cause: 'reset', code: 1_006 }],
  [
    'the edge',
    () => edge.configure({ origins: [origin.address], websocketEnabled: false }),
    { side: 'edge', cause: 'disabled', code: 1_001 },
  ],
])('%s counts once, by who ended it, why and with which code', async (_, end, counted) => {
  const { client, server } = await openTunnel(edge, origin);
  end(client, server);
  await Promise.all([client.ended(), server.ended()]);
  client.socket.end();
  server.socket.end();
  while (edge.edge.tunnels > 0) await sleep(5);
  expect(domain.figures.take()).toMatchObject({
    openedConnections: 1n,
    closedConnections: 1n,
    closes: [{ ...counted, count: 1n }],
  });
});

test('the time of a handshake is that from its first byte to its 101, the slow client’s and origin’s included', async () => {
  const begun = performance.now();
  const client = await edge.dial('GET ');
  await sleep(300);
  client.socket.write('/ HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n');
  client.socket.write('Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
  const server = await origin.next();
  await server.head();
  await sleep(300);
  server.socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
  server.socket.write('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n');
  await client.head();
  const longest = performance.now() - begun;
  const bucket = domain.figures.take().handshakeDurations.findIndex((count) => count === 1n);
  expect(0.128 * 2 ** bucket).toBeGreaterThan(600); // where the bucket ends, in milliseconds
  expect(0.128 * 2 ** (bucket - 1)).toBeLessThan(longest);
});
