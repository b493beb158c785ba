import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { handshake, openTunnel, originAt, startEdge, startOrigin } from './harness.ts';
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

const statusOf = (answer: string) => Number(answer.split(' ')[1]);

describe('choosing among origins', () => {
  test('a refused connection goes on to the next origin', async () => {
    const closed = await freePort();
    edge.configure({ origins: [{ ...origin.address, httpPort: closed }, origin.address] });
    await openTunnel(edge, origin);
  });

  test('a name that does not exist goes on to the next origin', async () => {
    edge.configure({ origins: [{ ...origin.address, host: 'nowhere.invalid' }, origin.address] });
    await openTunnel(edge, origin);
  });

  test('an address that refuses goes on to the next address of the name, and comes last from then on', async () => {
    const named = parts.use(await startEdge({ resolve: async () => ['127.0.0.2', '127.0.0.1'] }));
    named.configure({ origins: [{ ...origin.address, host: 'origin.test' }] });
    await openTunnel(named, origin);
    const second = parts.use(await startOrigin(() => {}, { host: '127.0.0.2', port: origin.port }));
    await openTunnel(named, origin);
    expect(second.connections).toHaveLength(0);
  });

  test('502 when every origin refuses', async () => {
    const closed = await freePort();
    edge.configure({ origins: [{ ...origin.address, httpPort: closed }] });
    const answer = await (await edge.dial(handshake('a.test'))).ended();
    expect(answer).toMatch(/^HTTP\/1.1 502 [^]*the origin refused the connection\n$/);
  });

  test('an origin that took the handshake and failed is not followed by another', async () => {
    const second = parts.use(await startOrigin());
    edge.configure({ origins: [origin.address, second.address] });
    const client = await edge.dial(handshake('a.test'));
    (await origin.next()).socket.end();
    expect(statusOf(await client.ended())).toBe(502);
    expect(second.connections).toHaveLength(0);
  });
});

describe('addresses that no origin may have', () => {
  const LOOPBACKS = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '::1',
    '::ffff:127.0.0.1',
    '0.0.0.0',
  ];

  test('an address that is not public is never connected to, in whatever form, unless the operator allows it', async () => {
    const strict = parts.use(await startEdge({ allow: '' }));
    const refusals: Record<string, boolean> = {};
    for (const host of LOOPBACKS) {
      strict.configure({ origins: [{ ...origin.address, host }] });
      const answer = await (await strict.dial(handshake('a.test'))).ended();
      refusals[host] = /^HTTP\/1.1 502 [^]*the address of the origin is not allowed\n$/.test(answer);
    }
    expect(refusals).toEqual(Object.fromEntries(LOOPBACKS.map((host) => [host, true])));
    expect(origin.connections).toHaveLength(0);
  });

  test('a name is judged by the addresses it has when it is connected to', async () => {
    edge.configure({ origins: [{ ...origin.address, host: 'localhost' }] }); // 127.0.0.1 is allowed here, ::1 is not
    await openTunnel(edge, origin);
  });

  test('a mixed answer loses its private part', async () => {
    const resolve = async () => ['169.254.169.254', '127.0.0.1', '10.0.0.1'];
    // An address that was tried would take longer than the test may.
    const strict = parts.use(await startEdge({ allow: '127.0.0.1', resolve, dialTimeoutMs: 60_000 }));
    strict.configure({ origins: [{ ...origin.address, host: 'origin.test' }] });
    await openTunnel(strict, origin);
  });

  test('the edge itself is no origin', async () => {
    edge.configure({ origins: [originAt('127.0.0.1', edge.port)] });
    expect(statusOf(await (await edge.dial(handshake('a.test'))).ended())).toBe(502);
  });
});
