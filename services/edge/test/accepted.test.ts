import { connect } from 'node:net';
import { createLogger } from '@longwire/service';
import { expect, test } from 'vitest';
import type { Accepted } from '../src/accepted.ts';
import { listen } from '../src/listener.ts';
import { SocketWire } from '../src/socket-wire.ts';
import type { Wire, WireEvents } from '../src/wire.ts';
import { belowSockets, Peer } from './harness.ts';

const echo: WireEvents = {
  bytes: (wire, chunk) => void wire.send(chunk),
  drained() {},
  ended: (wire) => wire.end(),
  closed() {},
};

async function accept(wires: ReturnType<typeof belowSockets> | undefined): Promise<{ client: Peer; wire: Wire }> {
  const accepted = Promise.withResolvers<Accepted>();
  const where = { host: '127.0.0.1', port: 0, reusePort: false };
  await using listener = await listen(where, accepted.resolve, createLogger('edge', 'silent'), wires);
  const client = new Peer(connect(listener.port, '127.0.0.1'));
  const wire = (await accepted.promise).toWire();
  wire.events = echo;
  return { client, wire };
}

test.each([
  ['below sockets where there is something', belowSockets(), false],
  ['as a socket where there is not', undefined, true],
])('an accepted connection is read %s', async (_, wires, isSocket) => {
  const { client, wire } = await accept(wires);
  expect(wire instanceof SocketWire).toBe(isSocket);
  expect([wire.remoteAddress, wire.remotePort]).toEqual(['127.0.0.1', client.socket.localPort]);
  client.socket.write('hello');
  expect(String(await client.bytes(5))).toBe('hello');
  wire.pause();
  client.socket.write(' world');
  wire.resume();
  client.socket.end();
  expect(await client.ended()).toBe('hello world');
  await client.closed;
  expect(wire.isDestroyed).toBe(true);
});
