import { connect, createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAddressRanges } from '@longwire/origins';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPair } from '../src/certificates.ts';
import { TlsGate } from '../src/tls-gate.ts';
import { selfSigned } from './certificate.ts';
import { cut } from './frame.ts';
import { handshake, openTunnel, Peer, startEdge, startOrigin } from './harness.ts';
import type { TestEdge, TestEdgeOptions, TestOrigin } from './harness.ts';
import { stopwatch } from './stopwatch.ts';

let parts: AsyncDisposableStack;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  origin = parts.use(await startOrigin());
});
afterEach(() => parts.disposeAsync());

async function start(options: TestEdgeOptions): Promise<TestEdge> {
  const edge = parts.use(await startEdge({ headTimeoutMs: 300, ...options }));
  edge.configure({ origins: [origin.address] });
  return edge;
}

async function nothingIsLeft(edge: TestEdge): Promise<void> {
  while (edge.front.open > 0) await sleep(5);
  edge.edge.limits.onSecond();
  expect(edge.edge.limits.size).toBe(0);
}

/** Sends bytes in pieces, and then no more; all that came back until the end. */
async function say(edge: TestEdge, bytes: Buffer, places: readonly number[]): Promise<string> {
  const client = new Peer(connect({ port: edge.port, host: '127.0.0.1', allowHalfOpen: true }));
  for (const piece of cut(bytes, places)) client.socket.write(piece);
  const answer = await client.ended();
  client.socket.destroy();
  return answer;
}

const places = fc.array(fc.nat(), { maxLength: 5 });
/** A good text with some bytes changed, taken out or put in; what is left of it is nearly right, which is worse than noise. */
const mutated = (good: Buffer) =>
  fc
    .array(fc.record({ at: fc.nat(good.length - 1), byte: fc.nat(255), how: fc.constantFrom('set', 'cut', 'add') }), {
      minLength: 1,
      maxLength: 6,
    })
    .map((changes) => {
      let bytes = [...good];
      for (const { at, byte, how } of changes) {
        bytes = [...bytes.slice(0, at), ...(how === 'cut' ? [] : [byte]), ...bytes.slice(how === 'add' ? at : at + 1)];
      }
      return Buffer.from(bytes);
    });
/** Ten at once, for each may be waited for until its time is over. */
const crowdOf = (bytes: fc.Arbitrary<Buffer>) => fc.array(fc.tuple(bytes, places), { minLength: 10, maxLength: 10 });
const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

test('whatever bytes come instead of a request, there is one answer at most, and nobody stays', async () => {
  const edge = await start({});
  const request = Buffer.from(handshake('b.test', 'Cookie: a=b'));
  await fc.assert(
    fc.asyncProperty(crowdOf(fc.oneof(noise, mutated(request))), async (crowd) => {
      for (const answer of await Promise.all(crowd.map(([bytes, cuts]) => say(edge, bytes, cuts)))) {
        expect(answer).toMatch(
          /^(HTTP\/1\.1 (400|404|405|408|414|426|431|505) [^]*\r\nConnection: close\r\n\r\n.*\n)?$/,
        );
        expect(answer.match(/HTTP\/1\.1 \d/g) ?? []).toHaveLength(answer === '' ? 0 : 1);
      }
    }),
    { numRuns: 30 },
  );
  await nothingIsLeft(edge);
  expect(origin.connections).toHaveLength(0);
}, 60_000);

test('whatever an origin answers, its client has one answer, and nobody stays', async () => {
  const edge = await start({});
  const good = Buffer.from('HTTP/1.1 401 No\r\nContent-Length: 5\r\nX-Trace: 1\r\n\r\nworse');
  await fc.assert(
    fc.asyncProperty(fc.oneof(noise, mutated(good)), places, async (bytes, cuts) => {
      const client = await edge.dial(handshake('a.test'));
      const server = await origin.next();
      for (const piece of cut(bytes, cuts)) server.socket.write(piece);
      server.socket.end();
      const answer = await client.ended();
      expect(answer).toMatch(/^HTTP\/1\.1 [2-5]\d\d [^]*\r\n\r\n/);
      client.socket.destroy();
    }),
    { numRuns: 200 },
  );
  await nothingIsLeft(edge);
}, 60_000);

test('whatever bytes come instead of a PROXY header, nothing but a good request passes, and nobody stays', async () => {
  const edge = await start({ proxyFrom: parseAddressRanges('127.0.0.0/8') });
  const version1 = Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4660 443\r\n');
  const version2 = Buffer.from(
    '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x0a\0\0\x01\x12\x34\x01\xbb',
    'latin1',
  );
  const header = fc.oneof(noise, mutated(version1), mutated(version2));
  await fc.assert(
    fc.asyncProperty(header, places, async (bytes, cuts) => {
      const answer = await say(edge, Buffer.concat([bytes, Buffer.from(handshake('b.test'))]), cuts);
      expect(answer).toMatch(/^(HTTP\/1\.1 (400|404|408|414|431|505) [^]*)?$/);
    }),
    { numRuns: 300 },
  );
  await nothingIsLeft(edge);
}, 60_000);

test('whatever bytes come instead of a TLS handshake, the connection ends, and nobody stays', async () => {
  const { cert, key } = selfSigned('a.test');
  const tls = new TlsGate(300);
  tls.serve([readPair('a', Buffer.from(cert), Buffer.from(key))]);
  const edge = await start({ tls, byTls: true });
  const hello = await clientHello();
  await fc.assert(
    fc.asyncProperty(crowdOf(fc.oneof(noise, mutated(hello))), async (crowd) => {
      const answers = await Promise.all(crowd.map(([bytes, cuts]) => say(edge, bytes, cuts)));
      expect(answers.join('')).not.toContain('HTTP/1.1');
    }),
    { numRuns: 20 },
  );
  await nothingIsLeft(edge);
}, 60_000);

/** The first flight of a real client. */
async function clientHello(): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => socket.once('data', (chunk: Buffer) => resolve(chunk)).on('error', () => {}));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const client = connectTls({ port: address.port, host: '127.0.0.1', servername: 'a.test' }).on('error', () => {});
  const hello = await promise;
  client.destroy();
  server.close();
  return hello;
}

describe('a flood', () => {
  test('of clients that say nothing, or a byte now and then, is left in time, while others are served', async () => {
    const edge = await start({ headTimeoutMs: 1_000 });
    const crowd = await Promise.all(Array.from({ length: 600 }, () => edge.dial()));
    const drip = setInterval(() => {
      for (const [index, { socket }] of crowd.entries()) if (index % 2 === 0 && socket.writable) socket.write('G');
    }, 100);
    const { client, server } = await openTunnel(edge, origin);
    client.socket.write('still here');
    expect(String(await server.bytes(10))).toBe('still here');
    const begun = edge.seconds;
    await Promise.all(crowd.map((each) => each.ended()));
    clearInterval(drip);
    expect(edge.seconds - begun).toBeLessThanOrEqual(2);
    for (const { socket } of [...crowd, client, server]) socket.destroy();
    await nothingIsLeft(edge);
  });

  test('of half-open clients, which have said all and wait, is answered and left', async () => {
    const edge = await start({});
    const crowd = await Promise.all(Array.from({ length: 300 }, () => edge.dial('GET / HT')));
    for (const { socket } of crowd) socket.end();
    await Promise.all(crowd.map((each) => each.ended()));
    await nothingIsLeft(edge);
  });

  test('of requests that are refused leaves live tunnels as quick as before', async () => {
    const edge = await start({});
    const { client, server } = await openTunnel(edge, origin);
    server.socket.on('data', (chunk) => server.socket.write(chunk));
    const over = new AbortController();
    const flood = Array.from({ length: 20 }, async () => {
      let refused = 0;
      for (; !over.signal.aborted; refused++) await (await edge.dial('GET / HTTP/1.0\r\n\r\n')).ended();
      return refused;
    });
    const times: number[] = [];
    for (let echoes = 1; echoes <= 200; echoes++) {
      const echoing = stopwatch();
      client.socket.write(Buffer.of(0x89, 0x80, 0, 0, 0, 0));
      await client.bytes(6 * echoes);
      times.push(echoing());
    }
    over.abort();
    const refused = (await Promise.all(flood)).reduce((sum, count) => sum + count, 0);
    expect(refused).toBeGreaterThan(200);
    expect(times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.99) - 1]).toBeLessThan(250);
  });
});
