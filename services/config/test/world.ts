import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { Origin } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { append, ensureBucket, openEventLog } from '@longwire/eventlog';
import type { DomainEvent } from '@longwire/eventlog';
import { createLogger } from '@longwire/service';
import { startIssuer, startNats } from '@longwire/testing';
import { connect } from '@nats-io/transport-node';
import { expect, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { start } from '../src/service.ts';
import { startDnsServer } from './dns-server.ts';

export const origin = Origin.create({ host: '8.8.8.8', httpPort: 8080, httpsPort: 8443 });

export type Role = 'customer' | 'reviewer' | 'operator';

/** The service with a real nats-server, an issuer of tokens and a name server of its own. */
export async function startWorld() {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const issuer = stack.use(await startIssuer());
  const dns = stack.use(await startDnsServer());
  const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  stack.defer(() => connection.close());
  const activationLog = await openEventLog(connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  const env = {
    NATS_URL: nats.url,
    GRPC_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    DNS_SERVERS: dns.address,
    ...issuer.env,
  };
  let service = await startService();
  stack.defer(() => service[Symbol.asyncDispose]());
  const lastSequences = new Map<string, number>();
  const parts = stack.move();

  function startService(more: Record<string, string> = {}) {
    return start(readConfig({ ...env, ...more }), createLogger('config', process.env['LOG_LEVEL'] ?? 'silent'));
  }

  /** What activation would have decided about an account; its first decision creates it. */
  async function decideOn(accountId: string, ...events: (DomainEvent & Record<string, unknown>)[]): Promise<void> {
    const expectedSequence = lastSequences.get(accountId) ?? 0;
    const meta = { commandId: randomUUID(), actor: 'test', time: new Date() };
    const created = expectedSequence === 0 ? [{ type: 'AccountCreated', companyName: 'A Company' }] : [];
    const subject = `activation.account.${accountId}`;
    const { sequence } = await append(activationLog, subject, [...created, ...events], { expectedSequence, meta });
    lastSequences.set(accountId, sequence);
  }

  async function client(role: Role, account?: string) {
    const claims = { sub: `user-${role}-${account ?? 'all'}`, roles: [role], ...(account && { account }) };
    const token = await issuer.token(claims);
    return createClient(DomainServiceService, service.grpcAddress, { token: () => token, deadlineMs: 25_000 });
  }

  return {
    nats,
    issuer,
    dns,
    connection,
    env,
    decideOn,
    client,
    get service() {
      return service;
    },
    /** Creates an account with the right to WebSocket. */
    activate: (accountId: string) => decideOn(accountId, approved()),
    customer: (account: string) => client('customer', account),
    /** A domain of an account that a reviewer has confirmed. */
    async addOwned(account: string, domainName: string) {
      await (await client('customer', account)).addDomain({ domainName, origins: [origin] });
      const { domain } = await (await client('reviewer')).confirmOwnership({ domainName });
      return domain!;
    },
    async restart(more: Record<string, string> = {}) {
      await service[Symbol.asyncDispose]();
      service = await startService(more);
    },
    startService,
    /** The value of a domain in the bucket that edges watch, once it satisfies the expectation. */
    async edgeConfig(key: string, expected: Partial<DomainConfig>): Promise<DomainConfig> {
      const bucket = await ensureBucket(connection, 'edge-config');
      return vi.waitFor(
        async () => {
          const config = DomainConfig.fromJSON((await bucket.get(key))?.json());
          expect(config).toMatchObject(expected);
          return config;
        },
        { timeout: 5_000 },
      );
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

export const approved = (limits?: { bandwidthBps: number; connections: number }) => ({
  type: 'ApplicationApproved',
  applicationId: randomUUID(),
  ...(limits && { limits }),
});
