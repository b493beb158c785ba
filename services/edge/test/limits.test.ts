import { setTimeout as sleep } from 'node:timers/promises';
import { parseAddressRanges } from '@longwire/origins';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Limits } from '../src/limits.ts';
import { Overload } from '../src/overload.ts';
import { handshake, openTunnel, startEdge, startOrigin, SWITCHED } from './harness.ts';
import type { TestEdge, TestEdgeOptions, TestOrigin } from './harness.ts';

const NONE = { connections: 0, handshakesPerSecond: 0 };
const NOBODY = parseAddressRanges('');
const OURSELVES = parseAddressRanges('127.0.0.1');
const TOO_MANY = /^HTTP\/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n/;

let parts: AsyncDisposableStack;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  origin = parts.use(await startOrigin());
});
afterEach(() => parts.disposeAsync());

async function start(options: TestEdgeOptions): Promise<TestEdge> {
  const edge = parts.use(await startEdge(options));
  edge.configure({ origins: [origin.address] });
  return edge;
}

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

describe('of one address', () => {
  test('more connections than the limit are 429, until one of them is gone', async () => {
    const edge = await start({ limits: new Limits({ ...NONE, connections: 2 }, NOBODY) });
    const { client, server } = await openTunnel(edge, origin);
    const silent = await edge.dial();
    expect(await (await edge.dial()).ended()).toMatch(TOO_MANY);
    silent.socket.destroy();
    await waitFor(() => edge.front.open === 1);
    const second = await openTunnel(edge, origin);
    expect(await (await edge.dial(handshake('a.test'))).ended()).toMatch(TOO_MANY);
    for (const { socket } of [client, server, second.client, second.server]) socket.destroy();
    await waitFor(() => edge.edge.limits.size === 0);
    await openTunnel(edge, origin);
  });

  test('more handshakes than the limit within a second are 429', async () => {
    const edge = await start({ limits: new Limits({ ...NONE, handshakesPerSecond: 3 }, NOBODY) });
    const begun = edge.seconds;
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => (await edge.dial(handshake('b.test'))).ended()),
    );
    const seconds = 1 + edge.seconds - begun; // one may end meanwhile
    const taken = answers.filter((answer) => answer.startsWith('HTTP/1.1 404'));
    expect(taken.length).toBeGreaterThanOrEqual(3);
    expect(taken.length).toBeLessThanOrEqual(3 * seconds);
    expect(answers.filter((answer) => TOO_MANY.test(answer))).toHaveLength(10 - taken.length);
    const refused = edge.seconds;
    await waitFor(() => edge.seconds > refused);
    expect(await (await edge.dial(handshake('b.test'))).ended()).toMatch(/^HTTP\/1.1 404 /);
  });

  test('behind a trusted proxy the clients are limited, each on its own, and not the proxy', async () => {
    const edge = await start({ limits: new Limits({ ...NONE, connections: 1 }, OURSELVES) });
    const from = (address: string) => edge.dial(handshake('a.test', `X-Forwarded-For: ${address}`));
    await from('192.0.2.1');
    await from('192.0.2.2');
    await from('2001:db8:0:1::1');
    await waitFor(() => origin.connections.length === 3);
    expect(await (await from('192.0.2.1')).ended()).toMatch(TOO_MANY);
    expect(await (await from('9.9.9.9, 192.0.2.2')).ended()).toMatch(TOO_MANY);
    expect(await (await from('2001:db8:0:1::2')).ended()).toMatch(TOO_MANY); // the same /64
    expect(origin.connections).toHaveLength(3);
  });
});

describe('of one domain', () => {
  test('more connections than its config allows are 429, counted for it, and other domains are not touched', async () => {
    const edge = await start({});
    const domain = edge.configure({ origins: [origin.address], maxConnections: 1 });
    edge.configure({ domainName: 'b.test', origins: [origin.address] });
    const { client, server } = await openTunnel(edge, origin);
    domain.figures.take();
    expect(await (await edge.dial(handshake('a.test'))).ended()).toMatch(TOO_MANY);
    expect(domain.figures.take().handshakeStatuses).toEqual({ 429: 1n });
    await openTunnel(edge, origin, 'b.test');
    edge.configure({ origins: [origin.address], maxConnections: 2 });
    await openTunnel(edge, origin);
    for (const { socket } of [client, server]) socket.destroy();
    await waitFor(() => edge.edge.tunnels === 2);
    await openTunnel(edge, origin);
  });

  test('more handshakes within a second than its config allows are 429, and its origin does not hear of them', async () => {
    const edge = await start({});
    edge.configure({ origins: [origin.address], maxHandshakesPerSecond: 2 });
    const begun = edge.seconds;
    const clients = await Promise.all(Array.from({ length: 12 }, () => edge.dial(handshake('a.test'))));
    const refused = () => clients.filter(({ text }) => TOO_MANY.test(text)).length;
    await waitFor(() => refused() + origin.connections.length === clients.length);
    expect(origin.connections.length).toBeGreaterThanOrEqual(2);
    expect(origin.connections.length).toBeLessThanOrEqual(2 * (1 + edge.seconds - begun));
  });
});

test('after whatever clients and origins do, nothing is counted any more', async () => {
  const limits = new Limits({ connections: 6, handshakesPerSecond: 40 }, NOBODY);
  const edge = await start({ limits, headTimeoutMs: 200 });
  edge.configure({ origins: [origin.address], maxConnections: 4, maxHandshakesPerSecond: 30 });
  const request = fc.constantFrom('', 'GET', handshake('a.test'), handshake('b.test'), 'GET / HTTP/1.0\r\n\r\n');
  const answer = fc.constantFrom('', SWITCHED, 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n', 'nonsense\r\n\r\n');
  const leave = fc.constantFrom('end', 'destroy', 'resetAndDestroy', 'stay' as const);
  const visits = fc.array(fc.record({ request, answer, leave, originLeaves: leave, ms: fc.nat(30) }), {
    minLength: 5,
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(visits, async (all) => {
      const before = origin.connections.length;
      const clients = await Promise.all(all.map((visit) => edge.dial(visit.request)));
      for (const [index, { leave: how, answer: said, originLeaves, ms }] of all.entries()) {
        await sleep(ms / 5);
        const server = origin.connections[before + index];
        server?.socket.write(said);
        if (originLeaves !== 'stay') server?.socket[originLeaves]();
        if (how !== 'stay') clients[index]?.socket[how]();
      }
      for (const { socket } of [...clients, ...origin.connections]) socket.destroy();
      await waitFor(() => edge.front.open === 0);
      edge.edge.limits.onSecond();
      expect(edge.edge.limits.size).toBe(0);
    }),
    { numRuns: 15 },
  );
});

describe('overload', () => {
  const limits = { connections: 2, memory: Number.POSITIVE_INFINITY, lagMs: 60_000 };

  test('of connections is 503 with Retry-After at once, unread, and live tunnels go on', async () => {
    const overload = parts.use(new Overload(limits));
    const turnedAway: string[] = [];
    const edge = await start({ overload, onTurnedAway: (cause) => turnedAway.push(cause) });
    const { client, server } = await openTunnel(edge, origin);
    const second = await openTunnel(edge, origin);
    const answer = await (await edge.dial()).ended();
    expect(answer).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n/);
    expect(turnedAway).toEqual(['connections']);
    client.socket.write('still here');
    expect(String(await server.bytes(10))).toBe('still here');
    second.client.socket.destroy();
    second.server.socket.destroy();
    await waitFor(() => edge.front.open === 1);
    await openTunnel(edge, origin);
  });

  test('a crowd that is turned away leaves nothing behind, and is all told', async () => {
    const overload = parts.use(new Overload({ ...limits, connections: 0 }));
    const edge = await start({ overload });
    const answers = await Promise.all(
      Array.from({ length: 200 }, async () => (await edge.dial(handshake('a.test'))).ended()),
    );
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 503 '))).toHaveLength(200);
    expect(edge.front.open).toBe(0);
    expect(origin.connections).toHaveLength(0);
  });
});
