import { randomUUID } from 'node:crypto';
import { Channel, ContactVerification_State } from '@longwire/contracts/activation/v1/account';
import { append, history, openBucket, openEventLog } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import { startProxy } from '@longwire/testing';
import type { KV } from '@nats-io/kv';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { AccountEvent } from '../src/events.ts';
import { startProcess } from './process.ts';
import { contacts, evidence, peak, registration, startWorld } from './world.ts';
import type { World } from './world.ts';

// The real process is killed at every step of handling a command, started again, and asked once more.

/** What handling a command asks: its subject's history, its decision, contacts and codes. Consumers ask by themselves. */
const question = /(?:^|\n)H?PUB (?:\$JS\.API\.STREAM\.MSG\.GET\.|activation\.|\$KV\.)/;

let world: World;
let log: EventLog;
let book: KV;
let output = '';
const codes: string[] = [];

beforeAll(async () => {
  world = await startWorld();
  log = await openEventLog(world.connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
});

afterAll(() => world[Symbol.asyncDispose]());

type Clients = Awaited<ReturnType<World['clients']>>;
/** A command after what must come before it: it is called again with the same request id. */
type Prepared = (clients: Clients) => Promise<unknown>;
type Scenario = {
  prepare: (clients: Clients, accountId: string) => Promise<Prepared>;
  /** What the log must have once, however often the command was begun. */
  decides: AccountEvent['type'];
  name?: string;
};

const created = (clients: Clients, accountId: string) =>
  clients.accounts.createAccount({ accountId, companyName: accountId, contacts, ...registration });

async function requested({ accounts }: Clients, accountId: string, channel: Channel) {
  const { verificationId } = await accounts.requestContactVerification({ accountId, channel });
  const code = await world.codeOf(verificationId);
  codes.push(code);
  return { accountId, verificationId, code };
}

async function submitted(clients: Clients, accountId: string): Promise<string> {
  await ready(clients, accountId);
  const { application } = await clients.applications.submitApplication({ accountId, purpose: 'quotes', ...peak });
  return application!.applicationId;
}

async function ready(clients: Clients, accountId: string): Promise<void> {
  await created(clients, accountId);
  for (const channel of [Channel.CHANNEL_SMS, Channel.CHANNEL_EMAIL])
    await clients.accounts.confirmContactVerification(await requested(clients, accountId, channel));
  await clients.accounts.verifyEnterprise({ accountId, ...evidence() });
  await world.declareDomain(accountId);
}

const scenarios: Record<string, Scenario> = {
  'creating an account': {
    decides: 'AccountCreated',
    name: 'Ada',
    async prepare(_, accountId) {
      const request = { accountId, companyName: 'Acme', contacts, language: 'zh-CN', requestId: randomUUID() };
      return ({ accounts }) => accounts.createAccount(request);
    },
  },
  'updating contacts': {
    decides: 'ContactsUpdated',
    name: 'Bea',
    async prepare(clients, accountId) {
      await created(clients, accountId);
      const request = { accountId, contacts: { ...contacts, name: 'Bea' }, requestId: randomUUID() };
      return ({ accounts }) => accounts.updateContacts(request);
    },
  },
  'erasing contacts': {
    decides: 'ContactsErased',
    name: '',
    async prepare(clients, accountId) {
      await created(clients, accountId);
      const requestId = randomUUID();
      return ({ accounts }) => accounts.eraseContacts({ accountId, requestId });
    },
  },
  'asking for a code': {
    decides: 'ContactVerificationRequested',
    async prepare(clients, accountId) {
      await created(clients, accountId);
      const requestId = randomUUID();
      return async ({ accounts }) => {
        await accounts.requestContactVerification({ accountId, channel: Channel.CHANNEL_SMS, requestId });
        expect(await world.codeOf(requestId)).toMatch(/^\d{6}$/);
      };
    },
  },
  'confirming a code': {
    decides: 'ContactVerified',
    async prepare(clients, accountId) {
      await created(clients, accountId);
      const request = { ...(await requested(clients, accountId, Channel.CHANNEL_SMS)), requestId: randomUUID() };
      return async ({ accounts }) => {
        const { account } = await accounts.confirmContactVerification(request);
        expect(account?.phoneVerification?.state).toBe(ContactVerification_State.STATE_VERIFIED);
      };
    },
  },
  'submitting an application': {
    decides: 'ApplicationSubmitted',
    async prepare(clients, accountId) {
      await ready(clients, accountId);
      const request = { accountId, purpose: 'quotes', ...peak, requestId: randomUUID() };
      return ({ applications }) => applications.submitApplication(request);
    },
  },
  'approving an application': {
    decides: 'ApplicationApproved',
    async prepare(clients, accountId) {
      const applicationId = await submitted(clients, accountId);
      const limits = { bandwidthBps: 1_000n, connections: 10n };
      const request = { accountId, applicationId, limits, requestId: randomUUID() };
      return ({ applications }) => applications.approveApplication(request);
    },
  },
};

/** Whoever may do everything about an account: what is tested here is not who. */
const clientsOf = (accountId: string, address: string) =>
  world.clients({ roles: ['customer', 'reviewer', 'operator'], account: accountId, sub: 'user-all' }, address);

test.each(Object.entries(scenarios))(
  '%s, killed at each step and repeated, happens once',
  async (name, scenario) => {
    let pending: { accountId: string; command: Prepared } | undefined;
    let isWhole = false;
    let step = 0;
    while (!isWhole) {
      step++;
      await using proxy = await startProxy(world.nats.port);
      await using service = await startProcess(world.env({ NATS_URL: proxy.url, LOG_LEVEL: 'trace' }));
      if (pending) await finish(pending, scenario, service.grpcAddress);

      const accountId = `${name.replaceAll(/[^a-z]/g, '-')}-${step}`;
      const clients = await clientsOf(accountId, service.grpcAddress);
      const command = await scenario.prepare(clients, accountId);
      proxy.onRequest(question, step, service.kill);
      const outcome = await command(clients).then(
        () => 'done',
        () => 'lost',
      );
      isWhole = outcome === 'done';
      if (!isWhole) await service.ended; // else the command failed though nobody was killed
      pending = { accountId, command };
      output += service.output();
    }
    expect(step).toBeGreaterThan(3);
    await using service = await startProcess(world.env());
    await finish(pending!, scenario, service.grpcAddress);
  },
  120_000,
);

/** Repeats a command after its process was killed, twice, and looks at what has come of it. */
async function finish(
  { accountId, command }: { accountId: string; command: Prepared },
  { decides, name }: Scenario,
  address: string,
): Promise<void> {
  const clients = await clientsOf(accountId, address);
  await command(clients);
  await command(clients);
  const events = await Array.fromAsync(history<AccountEvent>(log, `activation.account.${accountId}`));
  const decided = events.flatMap((recorded) => recorded.events).filter(({ type }) => type === decides);
  expect({ accountId, decided: decided.length }).toEqual({ accountId, decided: 1 });
  book ??= await openBucket(world.connection, 'contacts');
  const stored = (await book.get(accountId))?.json<typeof contacts>();
  expect(stored).toMatchObject(
    name === '' ? { name: '', phoneNumber: '', email: '' } : { ...contacts, name: name ?? 'Ada' },
  );
}

test('a reminder is made once, though the process that makes it is killed at each step', async () => {
  const accounts = ['late-1', 'late-2']; // what is new of its history is read, the reminder is written
  const reminders = async (accountId: string) => {
    const recorded = await Array.fromAsync(history<AccountEvent>(log, `activation.account.${accountId}`));
    return recorded.flatMap(({ events }) => events).filter(({ type }) => type === 'ApplicationReminded').length;
  };
  for (const [index, accountId] of accounts.entries()) {
    await using proxy = await startProxy(world.nats.port);
    await using service = await startProcess(world.env({ NATS_URL: proxy.url }));
    proxy.onRequest(question, index + 1, service.kill);
    const dueTime = new Date(Date.now() - 1_000);
    const events: AccountEvent[] = [
      { type: 'AccountCreated', companyName: accountId },
      { type: 'ApplicationSubmitted', applicationId: 'a1', purpose: 'chat', dueTime: dueTime.toISOString() },
    ];
    const meta = { commandId: 'submit', actor: 'user-ada', time: new Date(dueTime.getTime() - 86_400_000) };
    await append(log, `activation.account.${accountId}`, events, { expectedSequence: 0, meta });
    await service.ended;
  }
  await using _ = await startProcess(world.env());
  await vi.waitFor(async () => expect(await Promise.all(accounts.map(reminders))).toEqual([1, 1]), 5_000);
}, 60_000);

test('neither codes nor people stand in what the processes said', () => {
  expect(output).toContain('serving');
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => output.includes(code))).toEqual([]);
  expect(output).not.toMatch(/13800138000|ada@acme|Ada|Bea/);
});
