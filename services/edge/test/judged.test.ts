import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RelayMode, type DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeFrame } from '../src/own-frames.ts';
import { encode } from './frame.ts';
import { openTunnel, startEdge, startOrigin, type Peer, type TestEdge, type TestOrigin } from './harness.ts';

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge());
  origin = parts.use(await startOrigin());
});
afterEach(() => parts.disposeAsync());

async function open(changes: Partial<DomainConfig>) {
  const domain = edge.configure({ origins: [origin.address], ...changes });
  const ends = await openTunnel(edge, origin);
  const [tunnel] = domain.tunnels;
  if (!tunnel) throw new Error('no tunnel');
  return { ...ends, tunnel, domain };
}

async function gone(): Promise<void> {
  while (edge.edge.tunnels > 0) await sleep(5);
}

/** A Close toward the origin, without its mask. */
function unmasked(frame: Buffer): Buffer {
  const mask = frame.subarray(2, 6);
  const payload = frame.subarray(6).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return Buffer.concat([Buffer.of(frame[0] ?? 0, (frame[1] ?? 0) & 0x7f), payload]);
}

const STRICT = { relayMode: RelayMode.RELAY_MODE_STRICT };
const fromClient = encode({ masked: true, payload: Buffer.from('right') });
const fromOrigin = encode({ payload: Buffer.from('right') });

describe('a strict domain', () => {
  test('tells a client that broke the protocol so with 1002, and the origin that it is not its fault', async () => {
    const { client, server, tunnel } = await open(STRICT);
    client.socket.write(Buffer.concat([fromClient, encode({ payload: Buffer.from('no mask') })]));
    await Promise.all([client.ended(), server.ended()]);
    expect(client.received).toEqual(closeFrame(1002, 'frame without mask', false));
    expect(server.received.subarray(0, fromClient.length)).toEqual(fromClient);
    const told = closeFrame(1001, 'refused from the client: frame without mask', false);
    expect(unmasked(server.received.subarray(fromClient.length))).toEqual(told);
    expect(tunnel.ending).toEqual({ by: 'client', cause: 'protocol_error', code: 1002 });
    client.socket.end();
    server.socket.end();
    await gone();
  });

  test('tells an origin that broke it the same, and the client what came before', async () => {
    const { client, server, tunnel } = await open(STRICT);
    server.socket.write(Buffer.concat([fromOrigin, fromClient]));
    await Promise.all([client.ended(), server.ended()]);
    expect(unmasked(server.received)).toEqual(closeFrame(1002, 'masked frame', false));
    const told = closeFrame(1001, 'refused from the origin: masked frame', false);
    expect(client.received).toEqual(Buffer.concat([fromOrigin, told]));
    expect(tunnel.ending).toEqual({ by: 'origin', cause: 'protocol_error', code: 1002 });
  });

  test('of a frame whose header has passed in part, the other side sees the end of TCP instead of a Close inside it', async () => {
    const { client, server } = await open(STRICT);
    client.socket.write(Buffer.of(0x82));
    await server.bytes(1);
    client.socket.write(Buffer.of(0x01, 7));
    expect(await client.ended()).toContain('frame without mask');
    await server.ended();
    expect(server.received).toEqual(Buffer.of(0x82));
  });

  test('keeps the end of a frame of the other side together before it says 1002', async () => {
    const { client, server } = await open(STRICT);
    server.socket.write(fromOrigin.subarray(0, 4));
    await client.bytes(4);
    client.socket.write(fromOrigin);
    await server.ended();
    server.socket.write(fromOrigin.subarray(4));
    await client.ended();
    expect(client.received).toEqual(Buffer.concat([fromOrigin, closeFrame(1002, 'frame without mask', false)]));
  });

  test('drops what a refused side goes on to send, however much, and holds none of it', async () => {
    const { client, server, tunnel } = await open(STRICT);
    client.socket.write(Buffer.concat([fromOrigin, randomBytes(8 * 1024 * 1024)]));
    await Promise.all([client.ended(), server.ended()]);
    expect(unmasked(server.received)).toEqual(closeFrame(1001, 'refused from the client: frame without mask', false));
    expect(tunnel.origin.waiting).toBe(0);
    await gone();
  });
});

test('a domain that says nothing is a tunnel: what breaks RFC 6455 passes as it is', async () => {
  const { client, server } = await open({});
  const wrong = Buffer.concat([encode({ opcode: 3, reserved: 0x70 }), encode({ opcode: 9, fin: false }), fromOrigin]);
  client.socket.write(wrong);
  expect(await server.bytes(wrong.length)).toEqual(wrong);
});

test('a change of the mode is for tunnels to come', async () => {
  const { client, server } = await open({});
  edge.configure({ origins: [origin.address], ...STRICT });
  client.socket.write(fromOrigin);
  expect(await server.bytes(fromOrigin.length)).toEqual(fromOrigin);
});

describe('limits of size', () => {
  test.each<[string, Partial<DomainConfig>, 'client' | 'origin']>([
    ['frames of clients', { maxFrameBytesFromClient: 1_000n }, 'client'],
    ['messages of clients', { maxMessageBytesFromClient: 1_000n }, 'client'],
    ['frames of origins', { maxFrameBytesFromOrigin: 1_000n }, 'origin'],
    ['messages of origins', { maxMessageBytesFromOrigin: 1_000n }, 'origin'],
  ])('%s end the tunnel with 1009, at the header', async (_, limits, side) => {
    const { client, server, tunnel } = await open(limits);
    const [sender, other] = side === 'client' ? [client, server] : [server, client];
    const big = (size: number) => encode({ masked: side === 'client', payload: Buffer.alloc(size) });
    other.socket.write(big(1_001)); // the other direction has no limit
    await sender.bytes(big(1_001).length);
    sender.socket.write(Buffer.concat([big(1_000), big(1_001).subarray(0, 4)]));
    await Promise.all([client.ended(), server.ended()]);
    expect(tunnel.ending).toEqual({ by: side, cause: 'too_large', code: 1009 });
    expect(other.received.subarray(0, big(1_000).length)).toEqual(big(1_000));
    const codeAfter = (peer: Peer, passed: Buffer) => {
      const close = peer.received.subarray(passed.length);
      return (peer === server ? unmasked(close) : close).readUInt16BE(2);
    };
    expect(codeAfter(sender, big(1_001))).toBe(1009);
    expect(codeAfter(other, big(1_000))).toBe(1001);
  });

  test('a compressed message counts as it is on the wire', async () => {
    const { client, server } = await open({ maxMessageBytesFromClient: 1_000n });
    const small = encode({ masked: true, reserved: 0x40, payload: randomBytes(1_000) });
    client.socket.write(small);
    expect(await server.bytes(small.length)).toEqual(small);
  });
});
