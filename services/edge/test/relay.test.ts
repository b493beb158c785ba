import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { closeFrame } from '../src/own-frames.ts';
import type { Domain } from '../src/routes.ts';
import { READ_SIZE } from '../src/wire.ts';
import { openTunnel, originAt, startEdge, startOrigin, type Peer, type TestEdge, type TestOrigin } from './harness.ts';

const MIB = 1024 * 1024;

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

/** An unmasked binary frame; to a relay the direction makes no difference. */
function frame(payload: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.set([0x82, 127]);
  head.writeUIntBE(payload.length, 4, 6);
  return Buffer.concat([head, payload]);
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

function onlyTunnel() {
  const [tunnel] = domain.tunnels;
  if (!tunnel) throw new Error('no tunnel');
  return tunnel;
}

describe('bytes out are bytes in', () => {
  test('in both directions at once, a message of 64 MiB each', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const up = frame(randomBytes(64 * MIB));
    const down = frame(randomBytes(64 * MIB));
    client.socket.write(up);
    server.socket.write(down);
    const [received, sent] = await Promise.all([server.bytes(up.length), client.bytes(down.length)]);
    expect([received.equals(up), sent.equals(down)]).toEqual([true, true]);
    const { bytesFromClient, bytesToClient } = onlyTunnel();
    expect([bytesFromClient, bytesToClient]).toEqual([up.length, down.length]);
  });

  test('at any segmentation, frames or not', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const bytes = randomBytes(300_000);
    for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7 + 1) % 5_000) {
      if (!client.socket.write(bytes.subarray(at, at + step))) await once(client.socket, 'drain');
    }
    expect((await server.bytes(bytes.length)).equals(bytes)).toBe(true);
  });
});

describe('a reader that does not keep up', () => {
  test('stops the other side; no more than a read waits in the edge, and nothing is lost', async () => {
    const { client, server } = await openTunnel(edge, origin);
    client.socket.pause();
    const sent = frame(randomBytes(64 * MIB));
    server.socket.write(sent);
    await waitFor(() => onlyTunnel().client.waiting > 0);
    await sleep(300); // enough for all of it, were it read
    expect(onlyTunnel().client.waiting).toBeLessThanOrEqual(READ_SIZE);
    expect(server.socket.writableLength).toBe(sent.length);
    client.socket.resume();
    expect((await client.bytes(sent.length)).equals(sent)).toBe(true);
    expect(onlyTunnel().bytesToClient).toBe(sent.length);
  });

  test('finds its bytes untouched by what other tunnels did meanwhile', async () => {
    const slow = await openTunnel(edge, origin);
    const other = await openTunnel(edge, origin);
    slow.client.socket.pause();
    const sent = frame(randomBytes(32 * MIB));
    slow.server.socket.write(sent);
    await waitFor(() => [...domain.tunnels].some(({ client }) => client.waiting > 0));
    const meanwhile = frame(randomBytes(4 * MIB));
    other.client.socket.write(meanwhile);
    expect((await other.server.bytes(meanwhile.length)).equals(meanwhile)).toBe(true);
    slow.client.socket.resume();
    expect((await slow.client.bytes(sent.length)).equals(sent)).toBe(true);
  });

  test('costs a read per direction and no more, of however many tunnels, in both directions at once', async () => {
    const tunnels = await Promise.all(Array.from({ length: 20 }, () => openTunnel(edge, origin)));
    for (const { client, server } of tunnels) {
      client.socket.pause();
      server.socket.pause();
      client.socket.write(frame(randomBytes(8 * MIB)));
      server.socket.write(frame(randomBytes(8 * MIB)));
    }
    const all = [...domain.tunnels];
    await waitFor(() => all.every(({ client, origin: server }) => client.waiting > 0 && server.waiting > 0));
    await sleep(300); // enough for more, were it read
    for (const tunnel of all) {
      expect(tunnel.client.waiting).toBeLessThanOrEqual(READ_SIZE);
      expect(tunnel.origin.waiting).toBeLessThanOrEqual(READ_SIZE);
    }
  });

  test('does not stop the direction away from it', async () => {
    const { client, server } = await openTunnel(edge, origin);
    client.socket.pause();
    server.socket.write(frame(randomBytes(32 * MIB)));
    await waitFor(() => onlyTunnel().client.waiting > 0);
    client.socket.write('still here');
    expect(String(await server.bytes(10))).toBe('still here');
  });
});

describe('the end of one side', () => {
  test.each(['client', 'origin'])(
    'a FIN of the %s lets its bytes through, reaches the other, and both are gone',
    async (side) => {
      const { client, server } = await openTunnel(edge, origin);
      const [leaver, other] = side === 'client' ? [client, server] : [server, client];
      const last = randomBytes(5 * MIB);
      leaver.socket.end(last);
      expect((await other.bytes(last.length)).equals(last)).toBe(true);
      await other.ended();
      other.socket.end('an answer');
      expect(await leaver.ended()).toBe('an answer');
      await waitFor(() => edge.edge.tunnels === 0);
    },
  );

  test('a side that does not answer a FIN is gone within five seconds', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const begun = edge.seconds;
    client.socket.end();
    await server.ended();
    await waitFor(() => edge.edge.tunnels === 0);
    expect(edge.seconds - begun).toBeLessThanOrEqual(5);
  });

  test.each(['client', 'origin'])('a reset of the %s is told to the other within a second', async (side) => {
    const { client, server } = await openTunnel(edge, origin);
    const [leaver, other] = side === 'client' ? [client, server] : [server, client];
    const begun = edge.seconds;
    leaver.socket.resetAndDestroy();
    await other.ended();
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
    other.socket.destroy();
    await waitFor(() => edge.edge.tunnels === 0);
  });

  test('a reset while bytes are on their way in both directions breaks nothing else', async () => {
    const bystander = await openTunnel(edge, origin);
    for (let round = 0; round < 20; round++) {
      const { client, server } = await openTunnel(edge, origin);
      client.socket.write(randomBytes(MIB));
      server.socket.write(randomBytes(MIB));
      (round % 2 === 0 ? client : server).socket.resetAndDestroy();
      (round % 2 === 0 ? server : client).socket.destroy();
    }
    await waitFor(() => edge.edge.tunnels === 1);
    bystander.client.socket.write('still here');
    expect(String(await bystander.server.bytes(10))).toBe('still here');
  });

  test('Close frames pass both ways unchanged, and the codes of both sides are known', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const tunnel = onlyTunnel();
    const fromClient = closeFrame(4001, 'going', true);
    const fromServer = closeFrame(4002, 'gone', false);
    client.socket.write(fromClient);
    expect(await server.bytes(fromClient.length)).toEqual(fromClient);
    server.socket.end(fromServer);
    expect(await client.bytes(fromServer.length)).toEqual(fromServer);
    await client.ended();
    client.socket.end();
    await waitFor(() => edge.edge.tunnels === 0);
    expect([tunnel.toOrigin.scanner.closeCode, tunnel.toClient.scanner.closeCode]).toEqual([4001, 4002]);
    expect(tunnel.ending).toEqual({ by: 'client', cause: 'close_frame', code: 4001 });
  });

  test('handles return to the base line after many tunnels', async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => name.includes('TCPSocketWrap')).length;
    const cycle = async () => {
      const { client, server } = await openTunnel(edge, origin);
      client.socket.end();
      await server.ended();
      server.socket.end();
      await Promise.all([client.closed, server.closed]);
    };
    await cycle();
    await waitFor(() => edge.edge.tunnels === 0);
    const before = handles();
    for (let round = 0; round < 300; round++) await cycle();
    await waitFor(() => edge.edge.tunnels === 0);
    expect(handles()).toBeLessThanOrEqual(before);
  });
});

describe('the heartbeat time', () => {
  const closeOf = (peer: Peer) => peer.received.subarray(0, 2);

  test('without a byte in either direction for it, both sides get Close 1001 and a FIN', async () => {
    edge.configure({ origins: [origin.address], heartbeatSeconds: 1 });
    const { client, server } = await openTunnel(edge, origin);
    const [begun, since] = [edge.seconds, performance.now()];
    const tunnel = onlyTunnel();
    await Promise.all([client.ended(), server.ended()]);
    expect(performance.now() - since).toBeGreaterThanOrEqual(1_000);
    expect(edge.seconds - begun).toBeLessThanOrEqual(2); // over with the second that follows it
    expect(client.received).toEqual(closeFrame(1001, 'heartbeat time exceeded', false));
    expect(closeOf(server)).toEqual(Buffer.of(0x88, 0x80 | 25));
    expect(tunnel.ending).toEqual({ by: 'edge', cause: 'heartbeat', code: 1001 });
  });

  test('any byte of either side begins it anew', async () => {
    edge.configure({ origins: [origin.address], heartbeatSeconds: 1 });
    const { client, server } = await openTunnel(edge, origin);
    for (let second = edge.seconds, round = 0; round < 4; round++) {
      (round % 2 === 0 ? client : server).socket.write(Buffer.of(0x89, 0x00));
      await waitFor(() => edge.seconds > second);
      second = edge.seconds;
    }
    expect([client.hasEnded, server.hasEnded]).toEqual([false, false]);
  });

  test('a change of it reaches live tunnels, from their last byte', async () => {
    const { client } = await openTunnel(edge, origin);
    const opened = edge.seconds;
    await waitFor(() => edge.seconds >= opened + 2);
    const changed = edge.seconds;
    edge.configure({ origins: [origin.address], heartbeatSeconds: 1 });
    await client.ended();
    expect(edge.seconds - changed).toBeLessThanOrEqual(1);
  });
});

test('a WebSocket client and server talk through the edge with compression, messages of all kinds and a close', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } });
  parts.defer(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  edge.configure({ origins: [originAt('127.0.0.1', address.port)] });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('close', (code, reason) => told.resolve(`${code} ${String(reason)}`));
  });
  const told = Promise.withResolvers<string>();

  const client = new WebSocket(`ws://127.0.0.1:${edge.port}/`, ['chat'], { headers: { host: 'a.test' } });
  await once(client, 'open');
  expect(client.extensions).toBe('permessage-deflate');
  const messages = ['', 'short', 'é'.repeat(70_000), randomBytes(3 * MIB), randomBytes(1)];
  for (const message of messages) {
    client.send(message);
    const [echo, isBinary] = await once(client, 'message');
    expect(Buffer.from(message).equals(echo)).toBe(true);
    expect(isBinary).toBe(typeof message !== 'string');
  }
  client.send('in ', { fin: false });
  client.ping('hello');
  client.send('fragments', { fin: true });
  const [[echo], [pong]] = await Promise.all([once(client, 'message'), once(client, 'pong')]);
  expect([String(echo), String(pong)]).toEqual(['in fragments', 'hello']);
  expect(onlyTunnel().toOrigin.scanner.messages).toBe(messages.length + 1);
  client.close(4000, 'that is all');
  const [code, reason] = await once(client, 'close');
  expect([code, String(reason), await told.promise]).toEqual([4000, 'that is all', '4000 that is all']);
});
