import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { wireOfAccepted } from '../src/accepted.ts';
import type { Wire, WireEvents } from '../src/wire.ts';
import { Peer } from './harness.ts';

/** Answers each read with its length, so that a test sees how bytes came. */
const echo: WireEvents = {
  bytes: (wire, chunk) => void wire.send(chunk),
  drained() {},
  ended: (wire) => wire.end(),
  closed() {},
};

async function accept(prepare: (handle: object) => void): Promise<{ client: Peer; wire: Wire; isMoved: boolean }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new Peer(connect((server.address() as AddressInfo).port, '127.0.0.1'));
  const [accepted] = await once(server, 'connection');
  server.close();
  prepare(Reflect.get(accepted, '_handle'));
  const wire = wireOfAccepted(accepted, echo);
  return { client, wire, isMoved: wire.socket !== accepted };
}

test.each([
  ['with a handle that takes a buffer, in a socket of its own', () => {}, true],
  [
    'with a handle that does not, as it is',
    (handle: object) => void Reflect.set(handle, 'useUserBuffer', undefined),
    false,
  ],
])('an accepted connection is read %s', async (_, prepare, moves) => {
  const { client, wire, isMoved } = await accept(prepare);
  expect(isMoved).toBe(moves);
  expect(wire.socket.remoteAddress).toBe('127.0.0.1');
  client.socket.write('hello');
  expect(String(await client.bytes(5))).toBe('hello');
  wire.pause();
  client.socket.write(' world');
  wire.resume();
  client.socket.end();
  expect(await client.ended()).toBe('hello world');
  await client.closed;
});
