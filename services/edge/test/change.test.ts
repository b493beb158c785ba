import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeFrame } from '../src/own-frames.ts';
import { openTunnel, originAt, startEdge, startOrigin, type Peer, type TestEdge, type TestOrigin } from './harness.ts';
import { stopwatch } from './stopwatch.ts';

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

const switchOff = () => edge.configure({ origins: [origin.address], websocketEnabled: false });

/** Frames of every form of header, the second message in fragments with a Ping between. */
const FRAMES = [
  Buffer.of(0x81, 2, 0x88, 0x00),
  Buffer.of(0x02, 0),
  Buffer.of(0x89, 1, 0x81),
  Buffer.of(0x80, 0x83, 1, 2, 3, 4, 0x88, 0x02, 0x03),
  Buffer.concat([Buffer.of(0x82, 126, 0, 126), Buffer.alloc(126, 0x88)]),
  Buffer.concat([Buffer.of(0x82, 127, 0, 0, 0, 0, 0, 0, 0, 130), Buffer.alloc(130, 0x88)]),
];
const STREAM = Buffer.concat(FRAMES);
const BOUNDARIES = new Set(
  FRAMES.map((_, index) => Buffer.concat(FRAMES.slice(0, index)).length).concat(STREAM.length),
);
const nextBoundary = (at: number) => Math.min(...[...BOUNDARIES].filter((boundary) => boundary >= at));

/** Removes the mask of a Close at the end of what an origin received. */
function unmaskClose(received: Buffer, at: number): Buffer {
  const frame = received.subarray(at);
  const mask = frame.subarray(2, 6);
  const payload = frame.subarray(6).map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(0x88, (frame[1] ?? 0) & 0x7f), payload]);
}

describe('the edge never puts a frame inside another', () => {
  const close = closeFrame(1001, 'websocket disabled for this domain', false);
  const cuts = Array.from({ length: STREAM.length + 1 }, (_, at) => at);

  test('at whichever byte a close comes, a client sees whole frames and then a whole Close', async () => {
    const open: { at: number; client: Peer; server: Peer }[] = [];
    for (const at of cuts) {
      const { client, server } = await openTunnel(edge, origin);
      server.socket.write(STREAM.subarray(0, at));
      open.push({ at, client, server });
    }
    await Promise.all(open.map(({ at, client }) => client.bytes(at)));
    switchOff();
    await turn();
    for (const { at, server } of open) server.socket.write(STREAM.subarray(at));
    await Promise.all(
      open.map(async ({ at, client }) => {
        await client.ended();
        expect(client.received).toEqual(Buffer.concat([STREAM.subarray(0, nextBoundary(at)), close]));
      }),
    );
  });

  test('toward an origin the same, and the Close is masked', async () => {
    const open: { at: number; client: Peer; server: Peer }[] = [];
    for (const at of cuts) {
      const { client, server } = await openTunnel(edge, origin);
      client.socket.write(STREAM.subarray(0, at));
      open.push({ at, client, server });
    }
    await Promise.all(open.map(({ at, server }) => server.bytes(at)));
    switchOff();
    await turn();
    for (const { at, client } of open) client.socket.write(STREAM.subarray(at));
    await Promise.all(
      open.map(async ({ at, server }) => {
        await server.ended();
        const boundary = nextBoundary(at);
        expect(server.received.subarray(0, boundary)).toEqual(STREAM.subarray(0, boundary));
        expect(unmaskClose(server.received, boundary)).toEqual(close);
      }),
    );
  });

  test('where the frame does not end, the peer sees the end of TCP within a second', async () => {
    const { client, server } = await openTunnel(edge, origin);
    server.socket.write(STREAM.subarray(0, 3));
    await client.bytes(3);
    const begun = edge.seconds;
    switchOff();
    await client.ended();
    expect(client.received).toEqual(STREAM.subarray(0, 3));
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
  });

  test('a second that turns does not cut a frame under way', async () => {
    const { client, server } = await openTunnel(edge, origin);
    server.socket.write(STREAM.subarray(0, 3));
    await client.bytes(3);
    while (Date.now() % 1000 < 800) await turn();
    const begun = edge.seconds;
    switchOff();
    while (edge.seconds === begun) await turn();
    server.socket.write(STREAM.subarray(3));
    await client.ended();
    expect(client.received).toEqual(Buffer.concat([STREAM.subarray(0, 4), close]));
  });

  test('after a Close of the peer no frame follows', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const own = closeFrame(4000, 'own', false);
    server.socket.write(own);
    await client.bytes(own.length);
    switchOff();
    await client.ended();
    expect(client.received).toEqual(own);
  });
});

describe('a change of a domain', () => {
  test('switched off, its live tunnels are closed within a second', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const begun = edge.seconds;
    switchOff();
    await Promise.all([client.ended(), server.ended()]);
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
    client.socket.end();
    server.socket.end();
    await Promise.all([client.closed, server.closed]);
  });

  test('removed, its live tunnels are closed with that reason', async () => {
    const { client } = await openTunnel(edge, origin);
    edge.configure({ removed: true });
    await client.ended();
    expect(client.received).toEqual(closeFrame(1001, 'domain removed', false));
  });

  test('leaves the sockets and bytes of other domains alone', async () => {
    edge.configure({ domainName: 'b.test', origins: [origin.address] });
    const others = await Promise.all(Array.from({ length: 10 }, () => openTunnel(edge, origin, 'b.test')));
    const { client } = await openTunnel(edge, origin);
    for (const other of others) other.client.socket.write('before ');
    switchOff();
    for (const other of others) other.client.socket.write('after');
    await client.ended();
    for (const other of others) expect(String(await other.server.bytes(12))).toBe('before after');
  });

  test('to the same config, to another origin or scheme, leaves live tunnels alone', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const [domain] = [...edge.edge.routes.domains];
    expect(edge.edge.apply(domain?.config ?? edge.configure({}).config)).toBe(false);
    edge.configure({ origins: [originAt('elsewhere.test', 1)], heartbeatSeconds: 30 });
    client.socket.write('still here');
    expect(String(await server.bytes(10))).toBe('still here');
    expect(edge.edge.tunnels).toBe(1);
  });

  test('switched on again, it serves new handshakes', async () => {
    switchOff();
    edge.configure({ origins: [origin.address] });
    await openTunnel(edge, origin);
  });
});

describe('stopping', () => {
  const atOnce = { spreadMs: 0, deadlineMs: 5_000 };

  test('closes tunnels with 1012 to both sides, answers handshakes under way with 503, and ends', async () => {
    const { client, server } = await openTunnel(edge, origin);
    const asking = await edge.dial('GET / HT');
    await turn();
    const silent = await edge.dial();
    const draining = edge.edge.drain(atOnce);
    await Promise.all([client.ended(), server.ended(), asking.ended(), silent.ended()]);
    expect(client.received).toEqual(closeFrame(1012, 'service restart', false));
    expect(unmaskClose(server.received, 0)).toEqual(closeFrame(1012, 'service restart', false));
    expect(asking.text).toMatch(/^HTTP\/1.1 503 /);
    expect(silent.text).toBe('');
    for (const { socket } of [client, server]) socket.end();
    await draining;
    expect(edge.edge.tunnels).toBe(0);
  });

  test('does not wait for peers that do not close', async () => {
    await openTunnel(edge, origin);
    const draining = stopwatch();
    await edge.edge.drain(atOnce);
    expect(draining()).toBeLessThan(2_500);
    expect(edge.edge.tunnels).toBe(0);
  });
});
