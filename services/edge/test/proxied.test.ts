import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import { BackToOrigin } from '@longwire/contracts/edge/v1/domain_config';
import { parseAddressRanges } from '@longwire/origins';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPair } from '../src/certificates.ts';
import { Limits } from '../src/limits.ts';
import { TlsGate } from '../src/tls-gate.ts';
import { selfSigned } from './certificate.ts';
import { handshake, Peer, startEdge, startOrigin, SWITCHED } from './harness.ts';
import type { TestEdge, TestEdgeOptions, TestOrigin } from './harness.ts';

const LISTED = parseAddressRanges('127.0.0.0/8');
const HEADER = Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n');
const NO_LIMIT = { connections: 0, handshakesPerSecond: 0 };

let parts: AsyncDisposableStack;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  origin = parts.use(await startOrigin());
});
afterEach(() => parts.disposeAsync());

async function start(options: TestEdgeOptions): Promise<TestEdge> {
  const edge = parts.use(await startEdge({ headTimeoutMs: 300, ...options }));
  edge.configure({ origins: [origin.address], backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP });
  return edge;
}

/** A balancer before an edge, which puts a PROXY header into the very segment that the client's first bytes are in. */
async function startBalancer(edge: TestEdge, header: Buffer): Promise<number> {
  const server = createServer((client) => {
    client.once('data', (first) => {
      const socket = connect(edge.port, '127.0.0.1').on('error', () => client.destroy());
      socket.write(Buffer.concat([header, first]));
      client.pipe(socket).pipe(client);
    });
    client.on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  parts.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const forwardedFor = async () => /X-Forwarded-For: (.*)\r\n/.exec(await (await origin.next()).head())?.[1];

describe('from a network that is listed', () => {
  test('the PROXY header gives the address of the client, in one segment with its handshake', async () => {
    const edge = await start({ proxyFrom: LISTED });
    const client = await edge.dial(`${HEADER.toString()}${handshake('a.test')}early`);
    const server = await origin.next();
    expect(await server.head()).toContain('X-Forwarded-For: 192.0.2.7\r\n');
    server.socket.write(SWITCHED);
    await client.head();
    client.socket.write(' and late');
    expect(await server.until((text) => text.length === 14)).toBe('early and late');
    server.socket.write('back');
    expect(await client.until((text) => text.length === 4)).toBe('back');
  });

  test('the PROXY header may come byte by byte', async () => {
    const edge = await start({ proxyFrom: LISTED });
    const client = await edge.dial();
    for (const byte of Buffer.concat([HEADER, Buffer.from(handshake('a.test'))])) {
      client.socket.write(Buffer.of(byte));
      await turn();
    }
    expect(await forwardedFor()).toBe('192.0.2.7');
  });

  test('the PROXY header stands before TLS', async () => {
    const { cert, key } = selfSigned('a.test');
    const tls = new TlsGate(1_000);
    tls.serve([readPair('a', Buffer.from(cert), Buffer.from(key))]);
    const edge = await start({ proxyFrom: LISTED, tls, byTls: true });
    const port = await startBalancer(edge, HEADER);
    const secured = connectTls({ port, host: '127.0.0.1', servername: 'a.test', rejectUnauthorized: false });
    const client = new Peer(secured);
    secured.write(handshake('a.test'));
    const server = await origin.next();
    expect(await server.head()).toContain('X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n');
    server.socket.write(`${SWITCHED}hello`);
    expect(await client.until((text) => text.endsWith('hello'))).toMatch(/^HTTP\/1.1 101 /);
  });

  test('a balancer that speaks for itself has its own address', async () => {
    const edge = await start({ proxyFrom: LISTED });
    await edge.dial(`PROXY UNKNOWN\r\n${handshake('a.test')}`);
    expect(await forwardedFor()).toBe('127.0.0.1');
  });

  test('a balancer that only looks whether we live gets no answer', async () => {
    const edge = await start({ proxyFrom: LISTED });
    const client = await edge.dial();
    client.socket.end();
    expect(await client.ended()).toBe('');
  });

  test('without a PROXY header, or with a broken one, it is 400', async () => {
    const edge = await start({ proxyFrom: LISTED });
    for (const start of ['', 'PROXY TCP4 nobody 10.0.0.1 1 2\r\n', `PROXY TCP4 ${'1'.repeat(300)}\r\n`]) {
      const answer = await (await edge.dial(start + handshake('a.test'))).ended();
      expect(answer).toMatch(/^HTTP\/1.1 400 [^]*a PROXY header is required from here\n$/);
    }
    expect(origin.connections).toHaveLength(0);
  });

  test.each(['', 'PROXY TCP4 192.0.2.7'])(
    'a PROXY header that does not come in time after %j is not waited for',
    async (begun) => {
      const edge = await start({ proxyFrom: LISTED });
      const since = edge.seconds;
      await (await edge.dial(begun)).ended();
      expect(edge.seconds - since).toBeLessThanOrEqual(1);
    },
  );

  test('the address of the client is the one that is limited and trusted', async () => {
    const trusted = parseAddressRanges('192.0.2.7');
    const limits = new Limits({ ...NO_LIMIT, connections: 1 }, trusted);
    const edge = await start({ proxyFrom: LISTED, limits });
    const open = (header: string, ...fields: string[]) => edge.dial(header + handshake('a.test', ...fields));
    await open('PROXY TCP4 192.0.2.8 10.0.0.1 1 2\r\n', 'X-Forwarded-For: 198.51.100.1');
    expect(await forwardedFor()).toBe('192.0.2.8');
    expect(await (await open('PROXY TCP4 192.0.2.8 10.0.0.1 1 2\r\n')).ended()).toMatch(/^HTTP\/1.1 429 /);
    await open(HEADER.toString(), 'X-Forwarded-For: 198.51.100.1');
    expect(await forwardedFor()).toBe('198.51.100.1, 192.0.2.7');
  });
});

describe('from any other network', () => {
  test('a PROXY header is just a bad request', async () => {
    const edge = await start({ proxyFrom: parseAddressRanges('10.0.0.0/8') });
    const version2 = `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\f${'\x01'.repeat(12)}`;
    for (const header of [HEADER.toString(), version2]) {
      expect(await (await edge.dial(header + handshake('a.test'))).ended()).toMatch(/^HTTP\/1.1 400 /);
    }
    expect(origin.connections).toHaveLength(0);
  });
});
