import { setTimeout as sleep } from 'node:timers/promises';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPair } from '../src/certificates.ts';
import { TlsGate } from '../src/tls-gate.ts';
import { selfSigned } from './certificate.ts';
import { encode } from './frame.ts';
import { handshake, openTunnel, startEdge, startOrigin, SWITCHED, type TestEdge, type TestOrigin } from './harness.ts';

// An error that nobody listens for ends the test run: vitest reports what is uncaught.

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge());
  origin = parts.use(await startOrigin());
  edge.configure({ origins: [origin.address] });
});
afterEach(() => parts.disposeAsync());

const upTo = (length: number) => Array.from({ length: length + 1 }, (_, at) => at);

/** Everybody has left, and the edge serves on. */
async function nothingIsLeft(of: TestEdge = edge): Promise<void> {
  while (of.front.open > 0 || of.edge.tunnels > 0) await sleep(5);
  of.edge.limits.onSecond();
  expect(of.edge.limits.size).toBe(0);
  const asked = origin.connections.length;
  await of.dial(handshake('a.test'));
  while (origin.connections.length === asked) await sleep(5);
}

type Leave = 'resetAndDestroy' | 'end';

test.each(['destroy', 'end'] as const)(
  'by TLS, a client that leaves by %s at any byte of its handshake leaves nothing behind',
  async (leave) => {
    const { cert, key } = selfSigned('a.test');
    const tls = new TlsGate(5_000);
    tls.serve([readPair('a', Buffer.from(cert), Buffer.from(key))]);
    const secured = parts.use(await startEdge({ tls, byTls: true }));
    secured.configure({ origins: [origin.address], backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP });
    const request = handshake('a.test');
    for (const at of upTo(request.length)) (await secured.dial(request.slice(0, at))).socket[leave]();
    await nothingIsLeft(secured);
  },
);

describe.each<Leave>(['resetAndDestroy', 'end'])('a peer that leaves by %s', (leave) => {
  test('at any byte of its handshake leaves nothing behind', async () => {
    const request = handshake('a.test');
    for (const at of upTo(request.length)) {
      const client = await edge.dial(request.slice(0, at));
      client.socket[leave]();
    }
    await nothingIsLeft();
  });

  test('at any byte of its answer, as an origin does, leaves nothing behind', async () => {
    for (const at of upTo(SWITCHED.length)) {
      const client = await edge.dial(handshake('a.test'));
      const server = await origin.next();
      await server.head();
      server.socket.write(SWITCHED.slice(0, at));
      server.socket[leave]();
      const status = Number((await client.ended()).split(' ')[1]);
      expect(status).toBe(at < SWITCHED.length ? 502 : 101);
      client.socket.destroy();
    }
    await nothingIsLeft();
  });

  test.each(['client', 'origin'])(
    'as a %s, at any byte of a tunnel, is told to the other and leaves nothing',
    async (side) => {
      const stream = Buffer.concat([
        encode({ masked: side === 'client', payload: Buffer.from('hello') }),
        encode({ opcode: 9, masked: side === 'client' }),
        encode({ masked: side === 'client', payload: Buffer.alloc(130) }).subarray(0, 20),
      ]);
      for (const at of upTo(stream.length)) {
        const { client, server } = await openTunnel(edge, origin);
        const [leaver, other] = side === 'client' ? [client, server] : [server, client];
        leaver.socket.write(stream.subarray(0, at));
        await other.bytes(at);
        leaver.socket[leave]();
        await other.ended();
        expect(other.received).toEqual(stream.subarray(0, at));
        other.socket.destroy();
      }
      await nothingIsLeft();
    },
  );
});
