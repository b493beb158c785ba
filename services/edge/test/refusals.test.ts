import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { handshake, startEdge, startOrigin } from './harness.ts';
import type { TestEdge, TestOrigin } from './harness.ts';

let parts: AsyncDisposableStack;
let edge: TestEdge;
let origin: TestOrigin;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  edge = parts.use(await startEdge({ headTimeoutMs: 400 }));
  origin = parts.use(await startOrigin());
  edge.configure({ origins: [origin.address] });
});
afterEach(() => parts.disposeAsync());

function statuses(): Record<number, bigint> {
  const [domain] = [...edge.edge.routes.domains];
  return domain?.figures.take().handshakeStatuses ?? {};
}

const statusOf = (answer: string) => Number(answer.split(' ')[1]);

describe('refusals', () => {
  test('an unknown domain is 404, without contact to an origin, charged to nobody', async () => {
    const client = await edge.dial(handshake('b.test'));
    expect(await client.ended()).toMatch(
      /^HTTP\/1.1 404 Not Found\r\n(.+\r\n)*Content-Length: 20\r\nConnection: close\r\n\r\nno such domain here\n$/,
    );
    expect(origin.connections).toHaveLength(0);
    expect(statuses()).toEqual({});
  });

  test('a domain with WebSocket off is 403 at once, without contact to its origin, counted', async () => {
    edge.configure({ origins: [origin.address], websocketEnabled: false });
    expect(statusOf(await (await edge.dial(handshake('a.test'))).ended())).toBe(403);
    expect(origin.connections).toHaveLength(0);
    expect(statuses()).toEqual({ 403: 1n });
  });

  test('plain HTTP is 426 with Upgrade: websocket, counted for the domain', async () => {
    const answer = await (await edge.dial('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')).ended();
    expect(answer).toMatch(/^HTTP\/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n/);
    expect(statuses()).toEqual({ 426: 1n });
  });

  test('bytes of a body never reach the origin', async () => {
    const client = await edge.dial(`${handshake('a.test', 'Content-Length: 5')}hello`);
    expect(statusOf(await client.ended())).toBe(400);
    expect(origin.connections).toHaveLength(0);
  });

  test('after a refusal no further byte is parsed, and a client that sends on still gets its answer', async () => {
    const client = await edge.dial(`GET / HTTP/1.0\r\n\r\n${handshake('a.test')}${'x'.repeat(500_000)}`);
    expect((await client.ended()).match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(client.hasEnded).toBe(true); // by a FIN: a reset could have destroyed the answer
    expect(statusOf(client.text)).toBe(400);
    expect(origin.connections).toHaveLength(0);
  });

  test('a client that does not close after its refusal is left within two seconds', async () => {
    const client = await edge.dial(handshake('b.test'));
    await client.ended();
    const begun = edge.seconds;
    const dripping = setInterval(() => client.socket.write('x'), 50);
    await client.closed;
    clearInterval(dripping);
    expect(edge.seconds - begun).toBeLessThanOrEqual(3);
  });

  test('a head that is not complete in time is 408, at any trickle', async () => {
    const client = await edge.dial();
    const begun = edge.seconds;
    const dripping = setInterval(() => client.socket.write('G'), 50);
    const answer = await client.ended();
    clearInterval(dripping);
    expect(statusOf(answer)).toBe(408);
    expect(edge.seconds - begun).toBeLessThanOrEqual(1);
  });

  test('a client that says nothing is left without an answer', async () => {
    expect(await (await edge.dial()).ended()).toBe('');
  });

  test('a reset in the middle of a head leaves nothing behind', async () => {
    const client = await edge.dial('GET / HT');
    client.socket.resetAndDestroy();
    expect(statusOf(await (await edge.dial(handshake('b.test'))).ended())).toBe(404);
  });
});
