import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPair } from '../src/certificates.ts';
import { TlsGate } from '../src/tls-gate.ts';
import { UNHEARD, type Wire } from '../src/wire.ts';
import { selfSigned } from './certificate.ts';
import { belowSockets, handshake, openTunnel, originAt, startEdge, startOrigin, SWITCHED } from './harness.ts';
import type { TestOrigin } from './harness.ts';

let parts: AsyncDisposableStack;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  origin = parts.use(await startOrigin());
});
afterEach(() => parts.disposeAsync());

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

test('a client that leaves after its first origin was too late is not forwarded to the next one', async () => {
  const asked = Promise.withResolvers<void>();
  const found = Promise.withResolvers<readonly string[]>();
  const resolve = () => {
    asked.resolve();
    return found.promise;
  };
  const edge = parts.use(await startEdge({ resolve, dialTimeoutMs: 100 }));
  const origins = [originAt('127.0.0.1', await fullListener()), originAt('next.test', origin.port)];
  const domain = edge.configure({ origins });
  const client = await edge.dial(handshake('a.test'));
  await asked.promise;
  for (let round = 0; round < 3; round++) await turn(); // the connection that was given up is gone by then
  client.socket.destroy();
  await waitFor(() => edge.front.open === 0);
  found.resolve(['127.0.0.1']);
  edge.configure({ domainName: 'b.test', origins: [origin.address] });
  const { client: other, server } = await openTunnel(edge, origin, 'b.test'); // whoever came before was forwarded before
  expect(origin.connections).toHaveLength(1);
  expect(domain.figures.take().handshakeStatuses).toEqual({ 499: 1n });
  other.socket.destroy();
  server.socket.destroy();
  await waitFor(() => edge.edge.tunnels === 0);
});

/** The port of a listener that accepts nobody, whose queue is full: who connects waits for ever. */
async function fullListener(): Promise<number> {
  const listen = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    console.log(this.address().port);
  })`;
  const child = spawn(process.execPath, ['-e', listen]);
  parts.defer(() => void child.kill('SIGKILL'));
  const [said] = await once(child.stdout, 'data');
  child.kill('SIGSTOP');
  const waiting = Array.from({ length: 4 }, () => connect(Number(said), '127.0.0.1').on('error', () => {}));
  for (const socket of waiting) parts.defer(() => void socket.destroy());
  await waitFor(() => waiting.filter(({ connecting }) => !connecting).length >= 2);
  return Number(said);
}

describe('by TLS', () => {
  /** A gate that waits longer than a test may take: nothing here ends because its time is over. */
  function gate(): TlsGate {
    const { cert, key } = selfSigned('a.test');
    const tls = new TlsGate(120_000);
    tls.serve([readPair('a', Buffer.from(cert), Buffer.from(key))]);
    return tls;
  }

  test.each([
    ['below sockets', belowSockets()],
    ['on sockets', undefined],
  ])('a client that goes on with what is no record is gone at once, %s', async (_, wires) => {
    const edge = parts.use(await startEdge({ tls: gate(), byTls: true, wires }));
    edge.configure({ origins: [origin.address], backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP });
    const { port, injected } = await forwarderTo(edge.port);
    const client = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'a.test' });
    client.on('error', () => {});
    client.write(handshake('a.test'));
    const server = await origin.next();
    await server.head();
    server.socket.write(SWITCHED);
    await once(client, 'data');
    (await injected).write('this is no record of TLS, is it? '.repeat(4));
    await server.ended();
    server.socket.end();
    await waitFor(() => edge.edge.tunnels === 0 && edge.front.open === 0);
  });

  test('a client that resets with its last word of the handshake leaves nothing behind', async () => {
    const edge = parts.use(await startEdge({ tls: gate(), byTls: true }));
    const resets = Array.from({ length: 5 }, async () => {
      const raw = connect(edge.port, '127.0.0.1').on('error', () => {});
      const client = connectTls({ socket: raw, rejectUnauthorized: false, servername: 'a.test' }).on('error', () => {});
      await once(client, 'secureConnect');
      await turn(); // its word is sent
      raw.resetAndDestroy();
    });
    await Promise.all(resets);
    await turn();
    await waitFor(() => edge.front.open === 0);
  });

  async function forwarderTo(port: number): Promise<{ port: number; injected: Promise<Socket> }> {
    const injected = Promise.withResolvers<Socket>();
    const server = createServer((near) => {
      const far = connect(port, '127.0.0.1');
      near.on('error', () => {}).pipe(far);
      far.on('error', () => {}).pipe(near);
      injected.resolve(far);
    });
    parts.defer(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { port: (server.address() as AddressInfo).port, injected: injected.promise };
  }
});

test('a wire that is destroyed while its FIN waits behind bytes has not failed', async () => {
  const server = createServer({ pauseOnConnect: true }, () => {});
  parts.defer(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const gone = Promise.withResolvers<Wire>();
  const connected = Promise.withResolvers<void>();
  const { port } = server.address() as AddressInfo;
  const wire = belowSockets().connect('127.0.0.1', port, { ...UNHEARD, closed: gone.resolve }, connected.resolve);
  await connected.promise;
  const block = Buffer.alloc(64 * 1024);
  while (wire.send(block));
  wire.end();
  wire.destroy();
  expect((await gone.promise).hasFailed).toBe(false);
});
