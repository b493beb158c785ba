import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { Channel } from '@longwire/contracts/activation/v1/account';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { DeskServiceService } from '@longwire/contracts/activation/v1/desk_service';
import { append, openBucket, openEventLog } from '@longwire/eventlog';
import { createLogger } from '@longwire/service';
import { startIssuer, startNats } from '@longwire/testing';
import { connect } from '@nats-io/transport-node';
import { readConfig } from '../src/config.ts';
import { start } from '../src/service.ts';

export const contacts = { name: 'Ada', phoneNumber: '+8613800138000', email: 'ada@acme.test' };
export const registration = { country: 'CN', registrationNumber: '91330100799655058B' };
export const peak = { peakBandwidthBps: 50_000_000n, peakConnections: 5_000n };
export const evidence = () => ({ evidence: 'file 17', expireTime: new Date(Date.now() + 365 * 86_400_000) });

type Claims = { roles: string[]; account?: string; sub?: string; exp?: number };

/** A real nats-server and a token issuer, what config and the notifier would do, and clients of a service beside them. */
export async function startWorld() {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const issuer = stack.use(await startIssuer());
  const connection = stack.adopt(await connect({ servers: nats.url, maxReconnectAttempts: -1 }), (one) => one.close());
  const configLog = await openEventLog(connection, { name: 'CONFIG', subjects: ['config.>'] });
  const parts = stack.move();
  let address = '';

  /** The variables of a service on free ports. */
  const env = (more: Record<string, string> = {}) => ({
    NATS_URL: nats.url,
    GRPC_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    ...issuer.env,
    ...more,
  });

  /** Starts the service; clients made from now on speak to it. */
  async function startService(more: Record<string, string> = {}) {
    const service = await start(readConfig(env(more)), createLogger('activation', 'silent'));
    address = service.grpcAddress;
    return service;
  }

  async function clients(claims: Claims, at = address) {
    const token = await issuer.token(claims);
    const options = { token: () => token };
    return {
      accounts: createClient(AccountServiceService, at, options),
      applications: createClient(ActivationServiceService, at, options),
      desk: createClient(DeskServiceService, at, options),
    };
  }

  const customer = (account: string) => clients({ roles: ['customer'], account, sub: `user-of-${account}` });
  const reviewer = (sub = 'user-rita') => clients({ roles: ['reviewer'], sub });

  /** What config would have decided: a domain of the account, with an ICP number. */
  async function declareDomain(accountId: string): Promise<string> {
    const domainName = `live.${accountId}.test`;
    const meta = { commandId: randomUUID(), actor: 'test', time: new Date() };
    const events = [
      { type: 'DomainAdded', domainName, accountId },
      { type: 'IcpNumberSet', icpNumber: '京ICP备12345678号' },
    ];
    await append(configLog, `config.domain.live_${accountId}_test`, events, { expectedSequence: 0, meta });
    return domainName;
  }

  /** The code that the notifier would send. */
  async function codeOf(verificationId: string): Promise<string> {
    const bucket = await openBucket(connection, 'verification-codes');
    return (await bucket.get(verificationId))?.json<{ code: string }>().code ?? '';
  }

  async function verifyContacts(accountId: string): Promise<void> {
    const { accounts } = await customer(accountId);
    for (const channel of [Channel.CHANNEL_SMS, Channel.CHANNEL_EMAIL]) {
      const { verificationId } = await accounts.requestContactVerification({ channel });
      await accounts.confirmContactVerification({ verificationId, code: await codeOf(verificationId) });
    }
  }

  /** An account that meets every prerequisite; gives its client for applications. */
  async function readyToApply(accountId: string) {
    const { accounts, applications } = await customer(accountId);
    await accounts.createAccount({ accountId, companyName: `${accountId} Ltd`, contacts, ...registration });
    await verifyContacts(accountId);
    await (await reviewer()).accounts.verifyEnterprise({ accountId, ...evidence() });
    await declareDomain(accountId);
    return applications;
  }

  return {
    nats,
    issuer,
    connection,
    env,
    startService,
    clients,
    customer,
    reviewer,
    declareDomain,
    codeOf,
    verifyContacts,
    readyToApply,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;
