import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { startIssuer, startNats } from '@longwire/testing';
import { startProcess } from '../../services/activation/test/process.ts';

export type CommandRow = { name: string; atOnce: number; perSecond: number; p50Ms: number; p99Ms: number };

const contacts = { name: 'Ada', phoneNumber: '+8613800138000', email: 'ada@acme.test' };

/** Carries out one command; each lane is told its own number. */
type Command = (lane: number) => Promise<unknown>;

/** Commands over gRPC, one after another and many at once. nats-server has each on the disk before it acknowledges it, as in production. */
export async function measureCommands(seconds: number): Promise<CommandRow[]> {
  await using nats = await startNats({ config: 'jetstream { sync_interval: always }' });
  await using issuer = await startIssuer();
  await using service = await startProcess({
    NATS_URL: nats.url,
    GRPC_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    ...issuer.env,
  });
  const token = await issuer.token({ roles: ['operator'], sub: 'bench' });
  using accounts = createClient(AccountServiceService, service.grpcAddress, { token: () => token });

  const create: Command = () =>
    accounts.createAccount({ accountId: `b${randomUUID()}`, companyName: 'Acme', contacts, requestId: randomUUID() });
  const old = Array.from({ length: 64 }, () => `b${randomUUID()}`);
  const update: Command = (lane) =>
    accounts.updateContacts({ accountId: old[lane] ?? '', contacts, requestId: randomUUID() });
  const read: Command = (lane) => accounts.getAccount({ accountId: old[lane] ?? '' });

  await Promise.all(old.map((accountId) => accounts.createAccount({ accountId, companyName: 'Acme', contacts })));
  for (let decisions = 1; decisions < 20; decisions++) await Promise.all(old.map((_, lane) => update(lane)));

  const rows: CommandRow[] = [];
  for (const atOnce of [1, 64]) {
    await run(create, atOnce, 1); // what runs for days is not measured in its first second
    rows.push(await run(create, atOnce, seconds, 'CreateAccount'));
    rows.push(await run(read, atOnce, seconds, 'GetAccount'));
    rows.push(await fixed(update, old.length, atOnce, 'UpdateContacts of an account with 20 to 30 decisions'));
  }
  return rows;
}

async function run(command: Command, atOnce: number, seconds: number, name = ''): Promise<CommandRow> {
  const end = performance.now() + seconds * 1_000;
  return measure(name, atOnce, async (took) => {
    await lanes(atOnce, async (lane) => {
      while (performance.now() < end) await timed(() => command(lane), took);
    });
  });
}

/** Ten rounds over all accounts, so that their histories stay as long as the name says. */
async function fixed(command: Command, accounts: number, atOnce: number, name: string): Promise<CommandRow> {
  return measure(name, atOnce, async (took) => {
    for (let round = 0; round < 5; round++) {
      await lanes(atOnce, async (lane) => {
        for (let account = lane; account < accounts; account += atOnce) await timed(() => command(account), took);
      });
    }
  });
}

async function lanes(count: number, work: (lane: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, lane) => work(lane)));
}

async function timed(command: () => Promise<unknown>, took: number[]): Promise<void> {
  const startedAt = performance.now();
  await command();
  took.push(performance.now() - startedAt);
}

async function measure(name: string, atOnce: number, work: (took: number[]) => Promise<void>): Promise<CommandRow> {
  const took: number[] = [];
  const startedAt = performance.now();
  await work(took);
  const seconds = (performance.now() - startedAt) / 1_000;
  took.sort((one, other) => one - other);
  const rank = (share: number) => took[Math.ceil(took.length * share) - 1] ?? Number.NaN;
  return { name, atOnce, perSecond: took.length / seconds, p50Ms: rank(0.5), p99Ms: rank(0.99) };
}
