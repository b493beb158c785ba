import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { codesIn, inboxMessages } from '../deploy/local/demo/inbox.ts';
import { openSocket } from './socket-client.ts';
import type { SocketClient } from './socket-client.ts';
import {
  accountId,
  application,
  contacts,
  enable,
  evidence,
  registration,
  startSuite,
  verifyContacts,
} from './suite.ts';
import type { Suite } from './suite.ts';

// One journey in order, over the real processes: each test goes on where the one before it ended.
const domainName = 'live.acme.localhost';
const refusedHandshakes = 3;

let suite: Suite;
let clients: SocketClient[] = [];

beforeAll(async () => {
  suite = await startSuite();
}, 120_000);

afterAll(async () => {
  await suite[Symbol.asyncDispose]();
});

test('an application without its prerequisites is refused, and names each of them', async () => {
  const { accounts, applications } = suite.customer;
  await accounts.createAccount({ accountId, companyName: 'Acme Live Ltd' });
  await expect(applications.submitApplication({ accountId, ...application })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: {
      preconditions: ['ENTERPRISE_VERIFICATION', 'ICP_NUMBER', 'CONTACT_PHONE', 'CONTACT_EMAIL'].map((type) =>
        expect.objectContaining({ type }),
      ),
    },
  });
});

test('WebSocket cannot be enabled before it is activated, and the domain known to be the account’s', async () => {
  const { accounts, domains } = suite.customer;
  await accounts.setRegistration({ accountId, ...registration });
  await accounts.updateContacts({ accountId, contacts });
  await domains.addDomain({ domainName, origins: [suite.origin], icpNumber: '京ICP备12345678号-1' });
  await expect(domains.enableWebSocket({ domainName })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    details: {
      preconditions: [expect.objectContaining({ type: 'ACTIVATION' }), expect.objectContaining({ type: 'OWNERSHIP' })],
    },
  });
  await suite.reviewer.domains.confirmOwnership({ domainName });
});

test('a client is refused with 403 while WebSocket is off', async () => {
  for (let i = 0; i < refusedHandshakes; i++) {
    await vi.waitFor(async () => expect((await openSocket(suite.ports.edge, domainName)).status).toBe(403));
  }
});

test('phone number and email address are verified with the codes that arrive there', async () => {
  await verifyContacts(suite);
  const { account } = await suite.customer.accounts.getAccount({});
  expect(account).toMatchObject({ phoneVerification: { state: 3 }, emailVerification: { state: 3 } });
});

test('the reviewer takes the application up and approves it, and the applicant is told by email and by SMS', async () => {
  await suite.reviewer.accounts.verifyEnterprise({ accountId, ...evidence() });
  const { prerequisites } = await suite.customer.applications.checkPrerequisites({});
  expect(prerequisites.filter(({ met }) => !met)).toEqual([]);
  const submitted = await suite.customer.applications.submitApplication({
    accountId,
    ...application,
    domains: [domainName],
  });
  const applicationId = submitted.application?.applicationId ?? '';
  await suite.reviewer.desk.claimApplication({ accountId, applicationId });
  const limits = { bandwidthBps: 100_000_000n, connections: 10_000n };
  await suite.reviewer.applications.approveApplication({ accountId, applicationId, limits });
  await vi.waitFor(
    async () => {
      const messages = await inboxMessages(suite.addresses.inbox);
      const told = messages.filter((message) => codesIn([message], message.kind).length === 0);
      expect(told.map(({ kind, to }) => ({ kind, to }))).toEqual(
        expect.arrayContaining([
          { kind: 'email', to: [contacts.email] },
          { kind: 'sms', to: contacts.phoneNumber },
        ]),
      );
      expect(told).toHaveLength(2);
    },
    { timeout: 10_000 },
  );
  const { notifications } = await suite.customer.notifications.listNotifications({});
  expect(notifications.map(({ state }) => state)).toEqual([2, 2, 2, 2]); // two codes and two decisions
});

test('a hundred clients exchange bytes through the edge', async () => {
  await enable(suite, domainName);
  const opened = await Promise.all(Array.from({ length: 100 }, () => openSocket(suite.ports.edge, domainName)));
  expect(opened.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 101));
  clients = opened.flatMap(({ client }) => client ?? []);
  await Promise.all(
    clients.map(async (client, index) => {
      for (const size of [0, 1, 125, 126, 1_000 + index, 65_536]) {
        const message = randomBytes(size);
        expect((await client.exchange(message)).equals(message)).toBe(true);
      }
    }),
  );
});

test('disabling closes every client within a second, with a close frame and a reason, and refuses new ones', async () => {
  const disabledAt = performance.now();
  await suite.customer.domains.disableWebSocket({ domainName });
  const ends = await Promise.all(clients.map(({ closed }) => closed));
  expect(performance.now() - disabledAt).toBeLessThan(1_000);
  const [first] = ends;
  expect(first).toMatchObject({ code: 1001, reason: expect.stringContaining('disabled') });
  expect(ends).toEqual(clients.map(() => first));
  expect((await openSocket(suite.ports.edge, domainName)).status).toBe(403);
});

test('the bytes in ClickHouse equal the bytes on the wire, and so does what the customer is shown', async () => {
  const sum = (count: (client: SocketClient) => number) =>
    BigInt(clients.map(count).reduce((one, other) => one + other));
  const sent = sum(({ bytesSent }) => bytesSent);
  const received = sum(({ bytesReceived }) => bytesReceived);
  const { metrics } = suite.customer;
  await vi.waitFor(
    async () => {
      const { points } = await metrics.queryBandwidth({ domainNames: [domainName] });
      const total = (of: (point: (typeof points)[number]) => bigint) =>
        points.map(of).reduce((one, other) => one + other, 0n);
      expect(total(({ bytesToClient }) => bytesToClient)).toBe(received);
      expect(total(({ bytesFromClient }) => bytesFromClient)).toBe(sent);
    },
    { timeout: 10_000, interval: 200 },
  );
  const rows = await suite.clickhouse.query({
    query: 'SELECT sum(bytes_from_client) AS sent, sum(bytes_to_client) AS received FROM samples FINAL',
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 1 },
  });
  expect(await rows.json()).toEqual([{ sent: String(sent), received: String(received) }]);
});

test('status codes are counted: 101 once a connection, 403 once a refusal', async () => {
  await vi.waitFor(
    async () => {
      const { points } = await suite.customer.metrics.queryStatusCodes({ domainNames: [domainName] });
      const counts = new Map<number, bigint>();
      for (const { code, count } of points.flatMap((point) => point.counts))
        counts.set(code, (counts.get(code) ?? 0n) + count);
      expect(Object.fromEntries(counts)).toEqual({ 101: 100n, 403: BigInt(refusedHandshakes + 1) });
    },
    { timeout: 10_000, interval: 200 },
  );
});

test('every step is in the history of the domain, with who and when', async () => {
  const { entries } = await suite.customer.domains.listHistory({ domainName });
  expect(entries.map(({ type }) => type)).toEqual([
    'WebSocketDisabled',
    'WebSocketEnabled',
    'LimitsGranted',
    'OwnershipConfirmed',
    'IcpNumberSet',
    'OriginsSet',
    'DomainAdded',
  ]);
  for (const { actor, time } of entries)
    expect({ actor, time }).toEqual({ actor: expect.any(String), time: expect.any(Date) });
});
