import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { handshake, originAt, startEdge, SWITCHED, type TestEdge } from './harness.ts';
import { closeFrame } from '../src/own-frames.ts';

const WARM_UP = 2_000;
const CYCLES = 10_000;
const AT_ONCE = 50;

const endings: readonly ((client: Socket, server: Socket) => void)[] = [
  (client) => client.end(closeFrame(1000, '', true)),
  (_, server) => server.end(closeFrame(1000, '', false)),
  (client) => client.end(),
  (_, server) => server.end(),
  (client) => client.resetAndDestroy(),
  (_, server) => server.resetAndDestroy(),
  (client, server) => {
    client.write(Buffer.alloc(10_000));
    server.destroy();
  },
];

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** What a leak would show in. */
async function holdings() {
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (let round = 0; round < 3; round++) {
    if (typeof collect === 'function') collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    handles: process.getActiveResourcesInfo().length,
    descriptors: readdirSync('/proc/self/fd').length,
    heap: process.memoryUsage().heapUsed,
  };
}

test('ten thousand tunnels, ended in every way, leave no handle, no descriptor and no memory behind', async () => {
  await using edge = await startEdge();
  const pending: ((server: Socket) => void)[] = [];
  const origin = createServer({ allowHalfOpen: false }, (server) => {
    server.on('error', () => {});
    server.once('data', () => {
      server.write(SWITCHED);
      server.resume();
      pending.shift()?.(server);
    });
  });
  await once(origin.listen(0, '127.0.0.1'), 'listening');
  const { port } = origin.address() as AddressInfo;
  edge.configure({ origins: [originAt('127.0.0.1', port)] });

  await cycles(edge, pending, WARM_UP);
  const before = await holdings();
  await cycles(edge, pending, CYCLES);
  const after = await holdings();
  origin.close();

  expect(after.handles).toBeLessThanOrEqual(before.handles + 2);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + 2);
  expect(after.heap - before.heap).toBeLessThan(CYCLES * 100); // a leaked tunnel is several kilobytes
}, 60_000);

async function cycles(edge: TestEdge, pending: ((server: Socket) => void)[], count: number): Promise<void> {
  for (let done = 0; done < count; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => cycle(edge.port, pending, done + index)));
    while (edge.edge.tunnels > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Clients and their origin connections are paired as they come, which may cross; all of a round end in the same way. */
async function cycle(port: number, pending: ((server: Socket) => void)[], index: number): Promise<void> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
  client.on('error', () => {});
  const closed = once(client, 'close');
  const server = new Promise<Socket>((resolve) => pending.push(resolve));
  client.write(handshake('a.test'));
  await once(client, 'data');
  client.resume();
  const end = endings[Math.floor(index / AT_ONCE) % endings.length];
  end?.(client, await server);
  await closed;
}
