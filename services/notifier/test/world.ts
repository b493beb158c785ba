import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { Notification_State } from '@longwire/contracts/notifier/v1/notification';
import type { Notification } from '@longwire/contracts/notifier/v1/notification';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { WebhookServiceService } from '@longwire/contracts/notifier/v1/webhook_service';
import { append, ensureBucket, openEventLog } from '@longwire/eventlog';
import type { DomainEvent } from '@longwire/eventlog';
import { startIssuer, startNats } from '@longwire/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, vi } from 'vitest';
import { startMailRelay } from './mail-relay.ts';
import { startProcess } from './process.ts';
import type { Process } from './process.ts';
import { startSmsProvider } from './sms-provider.ts';

export const ada = { name: 'Ada Lovelace', phoneNumber: '+8613800138000', email: 'ada@acme.example' };
export const smsSecret = 'a secret of the sms provider';

export type World = Awaited<ReturnType<typeof startWorld>>;

/**
 * Everything around the notifier, real: NATS, token issuer, mail relay, SMS provider; and what activation would write.
 * @param secrets what must stand in no trace besides Ada's contacts
 */
export async function startWorld(secrets: string[] = []) {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const issuer = stack.use(await startIssuer());
  const relay = stack.use(await startMailRelay());
  const provider = stack.use(await startSmsProvider(smsSecret));
  const nc = stack.adopt(await connect({ servers: nats.url, maxReconnectAttempts: -1 }), (connection) =>
    connection.close(),
  );
  const jsm = await jetstreamManager(nc);
  const processes: Process[] = [];
  const startedLater = stack.use(new AsyncDisposableStack());

  async function startNotifier(env: Record<string, string> = {}) {
    const process = startedLater.use(
      await startProcess({
        NATS_URL: nats.url,
        GRPC_LISTEN: '127.0.0.1:0',
        ADMIN_LISTEN: '127.0.0.1:0',
        ...issuer.env,
        SMTP_URL: `smtp://127.0.0.1:${relay.port}`,
        MAIL_FROM: 'desk@longwire.example',
        SMS_URL: provider.url,
        SMS_SECRET: smsSecret,
        NOTIFIER_RETRY_BASE_MS: '20',
        ...env,
      }),
    );
    processes.push(process);
    const token = await issuer.token({ roles: ['reviewer'] });
    const { grpcAddress } = process;
    const client = startedLater.use(createClient(NotificationServiceService, grpcAddress, { token: () => token }));
    /** A customer's own programs. */
    async function asCustomer(account = 'acme') {
      const own = await issuer.token({ roles: ['customer'], account, sub: `customer-${account}` });
      return {
        notifications: startedLater.use(createClient(NotificationServiceService, grpcAddress, { token: () => own })),
        webhooks: startedLater.use(createClient(WebhookServiceService, grpcAddress, { token: () => own })),
      };
    }
    return { ...process, client, asCustomer };
  }

  /** As activation does: one decision of the account's stream. */
  async function decide(accountId: string, ...events: (DomainEvent & Record<string, string>)[]): Promise<void> {
    const log = await openEventLog(nc, { name: 'ACTIVATION', subjects: ['activation.>'] });
    const subject = `activation.account.${accountId}`;
    const info = await jsm.streams.getMessage('ACTIVATION', { last_by_subj: subject });
    const meta = { commandId: randomUUID(), actor: 'test', time: new Date() };
    await append(log, subject, events, { expectedSequence: info?.seq ?? 0, meta });
  }

  async function createAccount(accountId = 'acme', companyName = 'Acme', more: object = {}): Promise<void> {
    await decide(accountId, { type: 'AccountCreated', companyName });
    const contacts = await ensureBucket(nc, 'contacts');
    await contacts.put(accountId, JSON.stringify({ ...ada, ...more }));
  }

  async function approve(accountId = 'acme', applicationId: string = randomUUID()): Promise<string> {
    await decide(accountId, { type: 'ApplicationApproved', applicationId });
    return applicationId;
  }

  /** As config does: one decision about a domain. */
  async function decideDomain(domainName: string, ...events: (DomainEvent & Record<string, string>)[]): Promise<void> {
    const log = await openEventLog(nc, { name: 'CONFIG', subjects: ['config.>'] });
    const subject = `config.domain.${domainName.replaceAll('.', '_')}`;
    const info = await jsm.streams.getMessage('CONFIG', { last_by_subj: subject });
    const meta = { commandId: randomUUID(), actor: 'test', time: new Date() };
    await append(log, subject, events, { expectedSequence: info?.seq ?? 0, meta });
  }

  /** Every byte that the notifier left where others may read it. */
  async function traces(): Promise<string> {
    const stored: string[] = [];
    for (const stream of ['NOTIFY', 'DEADLETTERS']) {
      const { state } = await jsm.streams.info(stream);
      for (let seq = state.first_seq; seq <= state.last_seq && seq > 0; seq++) {
        const message = await jsm.streams.getMessage(stream, { seq });
        if (message) stored.push(`${message.subject} ${JSON.stringify([...message.header])} ${message.string()}`);
      }
    }
    return [...stored, ...processes.flatMap(({ output }) => output)].join('\n');
  }

  const owned = stack.move();
  return {
    nats,
    nc,
    jsm,
    issuer,
    relay,
    provider,
    startNotifier,
    decide,
    decideDomain,
    createAccount,
    approve,
    /** Checks that no trace holds a personal datum, and ends everything. */
    async [Symbol.asyncDispose]() {
      await using _ = owned;
      const left = await traces();
      expect(left).not.toMatch(/\bada\b|lovelace|acme\.example|13800138000/i);
      for (const secret of secrets) expect(left).not.toContain(secret);
    },
  };
}

/** Waits until the newest notifications are in these states, in the order email, sms; returns them in that order. */
export async function untilStates(
  client: Awaited<ReturnType<World['startNotifier']>>['client'],
  ...states: (keyof typeof Notification_State)[]
): Promise<Notification[]> {
  let latest: Notification[] = [];
  const wanted = states.map((state) => Notification_State[state]);
  await vi.waitFor(
    async () => {
      const { notifications } = await client.listNotifications({});
      latest = notifications.toSorted((one, other) => one.channel - other.channel);
      expect(latest.map(({ state }) => state)).toEqual(wanted);
    },
    { timeout: 45_000, interval: 20 },
  );
  return latest;
}
