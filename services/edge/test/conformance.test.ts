import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { DomainConfig, RelayMode } from '@longwire/contracts/edge/v1/domain_config';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { rulesOf } from '../src/frame-rules.ts';
import { FrameScanner } from '../src/frames.ts';
import { cases, type Case } from './conformance-cases.ts';
import { encode } from './frame.ts';
import { handshake, originAt, Peer, startEdge, type TestEdge } from './harness.ts';

const parts = new AsyncDisposableStack();
let edge: TestEdge;
let edgeOfSockets: TestEdge;
let origin: { port: number; told: string[] };
beforeAll(async () => {
  edge = parts.use(await startEdge());
  edgeOfSockets = parts.use(await startEdge({ wires: undefined }));
  origin = await startEcho();
  const address = originAt('127.0.0.1', origin.port);
  edge.configure({ origins: [address] });
  edgeOfSockets.configure({ origins: [address] });
  edge.configure({ domainName: 'strict.test', origins: [address], relayMode: RelayMode.RELAY_MODE_STRICT });
});
afterAll(() => parts.disposeAsync());

/** An origin that echoes messages and keeps how each connection ended for it. */
async function startEcho(): Promise<{ port: number; told: string[] }> {
  const told: string[] = [];
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    perMessageDeflate: { threshold: 0, serverNoContextTakeover: true },
  });
  parts.defer(() => server.close());
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    socket.on('close', (code, reason) => told.push(`${code} ${String(reason)}`));
  });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return { port: address.port, told };
}

/** The status of the Close among what a client has read. */
function closeCodeIn(bytes: Buffer): number | undefined {
  const scanner = new FrameScanner(rulesOf(DomainConfig.create(), []).toClient);
  scanner.scan(bytes);
  return scanner.closeCode;
}

/** Everything that a client reads until the connection ends, and what the origin was told. */
async function outcome(port: number, host: string, { pieces }: Case) {
  const isCompressed = pieces.some((piece) => (piece[0] ?? 0) & 0x40);
  const offer = isCompressed ? ['Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover'] : [];
  const client = new Peer(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
  const before = origin.told.length;
  client.socket.write(handshake(host, ...offer));
  const head = await client.head();
  for (const piece of pieces) client.socket.write(piece);
  client.socket.write(encode({ opcode: 8, masked: true, payload: Buffer.of(0x0f, 0xa0) })); // 4000: the case is over
  await client.ended();
  client.socket.end();
  await client.closed;
  while (origin.told.length === before) await new Promise((resolve) => setTimeout(resolve, 2));
  return {
    switched: head.startsWith('HTTP/1.1 101'),
    bytes: client.received.length,
    code: closeCodeIn(client.received),
    hash: createHash('sha256').update(client.received).digest('hex'),
    told: origin.told[before],
  };
}

describe('what a client and an origin see through the edge is what they see without it, also on a Node with nothing below sockets', () => {
  test.each(cases.map((each): [string, Case] => [each.name, each]))('%s', async (_, each) => {
    const direct = await outcome(origin.port, 'a.test', each);
    expect(direct).toMatchObject({ switched: true });
    expect(await outcome(edge.port, 'a.test', each)).toEqual(direct);
    expect(await outcome(edgeOfSockets.port, 'a.test', each)).toEqual(direct);
  });
});

/** Where the edge and this origin differ in what RFC 6455 makes of a frame. */
const ELSEWISE: Readonly<Record<string, number>> = {
  'a length of 2^63': 1002, // the origin says 1009
  'a length of 125 in two bytes': 1002, // the origin takes it
};

describe('a strict domain refuses what the origin would, with the same status, and nothing else', () => {
  test.each(cases.map((each): [string, Case] => [each.name, each]))('%s', async (name, each) => {
    const direct = await outcome(origin.port, 'a.test', each);
    const strict = await outcome(edge.port, 'strict.test', each);
    const refusedByOrigin = direct.told?.startsWith('1006') === true;
    const sameStatus = { code: ELSEWISE[name] ?? direct.code };
    expect(strict).toMatchObject(name in ELSEWISE || refusedByOrigin ? sameStatus : direct);
  });
});
