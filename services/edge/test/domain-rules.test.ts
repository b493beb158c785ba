import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { closeFrame } from '../src/own-frames.ts';
import { handshake, openTunnel, originAt, startEdge, startOrigin, SWITCHED } from './harness.ts';
import type { TestEdge, TestOrigin } from './harness.ts';

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge());
  origin = parts.use(await startOrigin());
});
afterEach(() => parts.disposeAsync());

describe('weights of origins', () => {
  test('share handshakes out in their proportion, and an origin without one is spare', async () => {
    const switching = () => startOrigin((peer) => void peer.head().then(() => peer.socket.write(SWITCHED)));
    const [light, heavy, spare] = [
      parts.use(await switching()),
      parts.use(await switching()),
      parts.use(await switching()),
    ];
    edge.configure({
      origins: [spare.address, { ...light.address, weight: 1 }, { ...heavy.address, weight: 3 }],
    });
    for (let count = 0; count < 200; count++) await (await edge.dial(handshake('a.test'))).head();
    expect(spare.connections).toHaveLength(0);
    // 50 of 200 are due; of a fair draw less than one in ten thousand million is further away than this.
    expect(Math.abs(light.connections.length - 50)).toBeLessThan(42);
    expect(light.connections.length + heavy.connections.length).toBe(200);
  });

  test('an origin with a weight that refuses is followed by the others, those without one last', async () => {
    const dead = { ...originAt('127.0.0.1', await freePort()), weight: 5 };
    edge.configure({ origins: [origin.address, dead] });
    await openTunnel(edge, origin);
  });
});

test('an origin gets the Host that its config says, in the place of the client’s; forwarding fields say the client’s', async () => {
  edge.configure({ origins: [{ ...origin.address, hostHeader: 'backend.acme.test:8080' }] });
  await edge.dial(handshake('A.test'));
  const head = await (await origin.next()).head();
  expect(head).toMatch(/^GET \/chat HTTP\/1.1\r\nHost: backend.acme.test:8080\r\n/);
  expect(head.match(/^host:/gim)).toHaveLength(1);
  expect(head).toContain('\r\nX-Forwarded-Host: A.test\r\n');
  expect(head).toContain(';host=A.test;');
});

test('the Host is that of the origin that is asked, also after another one refused', async () => {
  const dead = { ...originAt('127.0.0.1', await freePort()), hostHeader: 'dead.test' };
  edge.configure({ origins: [dead, origin.address] });
  await edge.dial(handshake('a.test'));
  expect(await (await origin.next()).head()).toContain('\r\nHost: a.test\r\n');
});

test.each([
  [
    'a page of another Origin',
    { allowedOrigins: ['https://app.acme.test'] },
    'Origin: https://evil.test',
    'this Origin may not connect to this domain',
  ],
  [
    'a client that offers another subprotocol',
    { allowedSubprotocols: ['chat'] },
    'Sec-WebSocket-Protocol: chat, admin',
    'a subprotocol that is offered is not allowed for this domain',
  ],
])('%s gets 403 with the reason, counted, and the origin hears nothing', async (_, rules, field, reason) => {
  const domain = edge.configure({ origins: [origin.address], ...rules });
  const answer = await (await edge.dial(handshake('a.test', field))).ended();
  expect(answer).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
  expect(answer.endsWith(`\r\n\r\n${reason}\n`)).toBe(true);
  expect(domain.figures.take().handshakeStatuses).toEqual({ 403: 1n });
  expect(origin.connections).toHaveLength(0);
});

describe('a suspended account', () => {
  const suspend = () => edge.configure({ origins: [origin.address], suspended: true });

  test('gets 403 with that reason, counted, and its origin hears nothing', async () => {
    const domain = suspend();
    const answer = await (await edge.dial(handshake('a.test'))).ended();
    expect(answer).toMatch(/^HTTP\/1.1 403 [^]*the account of this domain is suspended\n$/);
    expect(domain.figures.take().handshakeStatuses).toEqual({ 403: 1n });
    expect(origin.connections).toHaveLength(0);
  });

  test('has its live tunnels closed with that reason, counted by that cause, and others stay', async () => {
    edge.configure({ domainName: 'b.test', accountId: 'globex', origins: [origin.address] });
    const domain = edge.configure({ origins: [origin.address] });
    const other = await openTunnel(edge, origin, 'b.test');
    const { client, server } = await openTunnel(edge, origin);
    suspend();
    await Promise.all([client.ended(), server.ended()]);
    expect(client.received).toEqual(closeFrame(1001, 'account suspended', false));
    for (const { socket } of [client, server]) socket.end();
    await Promise.all([client.closed, server.closed]);
    while (domain.tunnels.size > 0) await new Promise(setImmediate);
    expect(domain.figures.take().closes).toEqual([{ side: 'edge', cause: 'suspended', code: 1001, count: 1n }]);
    other.client.socket.write('still here');
    expect(String(await other.server.bytes(10))).toBe('still here');
  });

  test('while its origin is asked gets no tunnel', async () => {
    edge.configure({ origins: [origin.address] });
    const client = await edge.dial(handshake('a.test'));
    const server = await origin.next();
    suspend();
    server.socket.write(SWITCHED);
    expect(await client.ended()).toMatch(/^HTTP\/1.1 403 [^]*suspended\n$/);
    await server.ended();
  });

  test('reinstated it is served as before', async () => {
    suspend();
    edge.configure({ origins: [origin.address] });
    await openTunnel(edge, origin);
  });
});
