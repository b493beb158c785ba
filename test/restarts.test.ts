import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openSocket } from './socket-client.ts';
import type { SocketClient } from './socket-client.ts';
import { accountId, activate, enable, startSuite } from './suite.ts';
import type { Suite } from './suite.ts';

// Every process is killed and comes back while clients talk. The tests go on where the one before ended.
const domainName = 'live.acme.localhost';

let suite: Suite;
const everyClient: SocketClient[] = [];

beforeAll(async () => {
  suite = await startSuite();
  await activate(suite, domainName);
  await enable(suite, domainName);
}, 120_000);

afterAll(async () => {
  await suite[Symbol.asyncDispose]();
});

/** Clients that exchange message after message until told to stop; rejects when one of them is cut off. */
async function talking(count: number) {
  const opened = await Promise.all(Array.from({ length: count }, () => openSocket(suite.ports.edge, domainName)));
  const clients = opened.flatMap(({ client }) => client ?? []);
  expect(clients).toHaveLength(count);
  everyClient.push(...clients);
  const stopping = new AbortController();
  const conversations = clients.map(async (client) => {
    let exchanges = 0;
    for (; !stopping.signal.aborted; exchanges++) {
      const message = randomBytes(300);
      expect((await client.exchange(message)).equals(message)).toBe(true);
    }
    return exchanges;
  });
  return {
    clients,
    stop: () => {
      stopping.abort();
      return Promise.all(conversations);
    },
  };
}

test.each(['nats-server', 'clickhouse', 'issuer', 'inbox', 'activation', 'config', 'metrics', 'notifier', 'console'])(
  'killing %s leaves every connection alone, and it comes back',
  async (name) => {
    const conversation = await talking(10);
    const before = suite.supervisor.pid(name);
    await suite.supervisor.kill(name, 'SIGKILL');
    await suite.supervisor.untilReady(name);
    expect(suite.supervisor.pid(name)).not.toBe(before);
    const exchanges = await conversation.stop();
    expect(Math.min(...exchanges)).toBeGreaterThan(0);
    conversation.clients.forEach((client) => client.destroy());
  },
  60_000,
);

test('what was acknowledged is still there, and settings still reach the edge', async () => {
  const { accounts, applications, domains, notifications } = suite.customer;
  expect((await accounts.getAccount({ accountId })).account).toMatchObject({
    companyName: 'Acme Live Ltd',
    contacts: { name: 'Ada', phoneNumber: '+12025550123', email: 'ada@acme.test' },
    websocketEntitlement: { state: 2 },
  });
  expect((await applications.listApplications({})).applications).toHaveLength(1);
  await vi.waitFor(
    async () => {
      const { notifications: sent } = await notifications.listNotifications({});
      expect(sent.map(({ state }) => state)).toEqual([2, 2, 2, 2]);
    },
    { timeout: 20_000, interval: 200 },
  );
  await domains.disableWebSocket({ domainName });
  await vi.waitFor(async () => {
    const { status, client } = await openSocket(suite.ports.edge, domainName);
    if (client) everyClient.push(client); // one that came before the setting did
    expect(status).toBe(403);
  }, 5_000);
  await enable(suite, domainName);
});

test('an edge that stops tells its clients, comes back with what it knew, and loses no figure', async () => {
  const { client } = await openSocket(suite.ports.edge, domainName);
  everyClient.push(client!);
  await client!.exchange(randomBytes(1_000));
  await suite.supervisor.restart('edge');
  expect(await client!.closed).toMatchObject({ code: 1012 });
  const again = await talking(10);
  await again.stop();
  again.clients.forEach((one) => one.destroy());

  const sum = (count: (client: SocketClient) => number) => everyClient.map(count).reduce((one, other) => one + other);
  const wire = [sum(({ bytesSent }) => bytesSent), sum(({ bytesReceived }) => bytesReceived)].map(BigInt);
  await vi.waitFor(
    async () => {
      const { points } = await suite.customer.metrics.queryBandwidth({ domainNames: [domainName] });
      const total = (of: (point: (typeof points)[number]) => bigint) =>
        points.map(of).reduce((one, other) => one + other, 0n);
      expect([total((point) => point.bytesFromClient), total((point) => point.bytesToClient)]).toEqual(wire);
    },
    { timeout: 30_000, interval: 500 },
  );
}, 60_000);

test('a killed edge serves again by itself, from what it last knew, though nothing else runs', async () => {
  await suite.supervisor.stopPart('console');
  for (const name of ['activation', 'config', 'metrics', 'notifier', 'nats-server'])
    await suite.supervisor.stopPart(name);
  await suite.supervisor.kill('edge', 'SIGKILL');
  await suite.supervisor.untilReady('edge');
  const { client } = await openSocket(suite.ports.edge, domainName);
  const message = randomBytes(100);
  expect((await client!.exchange(message)).equals(message)).toBe(true);
  client!.destroy();
}, 60_000);
