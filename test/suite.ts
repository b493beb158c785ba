import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient as createClickHouse } from '@clickhouse/client';
import { createClient } from '@longwire/contracts';
import { Channel } from '@longwire/contracts/activation/v1/account';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { DeskServiceService } from '@longwire/contracts/activation/v1/desk_service';
import { Origin } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { MetricsServiceService } from '@longwire/contracts/metrics/v1/metrics_service';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { vi } from 'vitest';
import { receiveCode } from '../deploy/local/demo/inbox.ts';
import { machineTokens } from '../deploy/local/demo/tokens.ts';
import { prepareSuite } from '../deploy/local/suite.js';
import { freePortBase } from '../deploy/local/suite/ports.js';
import { Supervisor } from '../deploy/local/supervisor.js';

export const accountId = 'acme';

/** The whole of Longwire in processes of its own, on free ports and a data folder of its own, without the demo. */
export async function startSuite() {
  const dataDir = await mkdtemp(join(tmpdir(), 'longwire-suite-'));
  const tools = { node: process.execPath, natsServer: process.env['NATS_SERVER'] ?? 'nats-server' };
  const { parts, ports, secrets, addresses } = await prepareSuite({
    dataDir,
    portBase: await freePortBase(),
    tools,
    demo: false,
  });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(dataDir, { recursive: true }));
  const supervisor = new Supervisor(parts, { dataDir });
  stack.defer(() => supervisor.stop());
  await supervisor.start();
  const clickhouse = createClickHouse({
    url: `http://127.0.0.1:${ports.clickhouse}`,
    username: 'longwire',
    password: secrets.clickhouse,
    database: 'longwire',
  });
  stack.defer(() => clickhouse.close());
  const customer = await clientsOf('demo-customer');
  const reviewer = await clientsOf('demo-reviewer');

  const started = stack.move();
  return {
    supervisor,
    ports,
    addresses,
    clickhouse,
    customer,
    reviewer,
    origin: Origin.create({ host: '127.0.0.1', httpPort: ports.origin, httpsPort: 443 }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };

  async function clientsOf(clientId: string) {
    const token = await machineTokens(addresses.issuer, join(dataDir, 'issuer'), clientId);
    const at = (port: number) => `127.0.0.1:${port}`;
    return {
      accounts: createClient(AccountServiceService, at(ports.activation), { token }),
      applications: createClient(ActivationServiceService, at(ports.activation), { token }),
      desk: createClient(DeskServiceService, at(ports.activation), { token }),
      domains: createClient(DomainServiceService, at(ports.config), { token }),
      metrics: createClient(MetricsServiceService, at(ports.metrics), { token }),
      notifications: createClient(NotificationServiceService, at(ports.notifier), { token }),
    };
  }
}

export type Suite = Awaited<ReturnType<typeof startSuite>>;

export const contacts = { name: 'Ada', phoneNumber: '+12025550123', email: 'ada@acme.test' };
export const registration = { country: 'CN', registrationNumber: '91330100799655058B' };
export const application = { purpose: 'live quotes', peakBandwidthBps: 50_000_000n, peakConnections: 5_000n };

/** What a reviewer saw, and until when it holds. */
export const evidence = () => ({ evidence: 'file 17', expireTime: new Date(Date.now() + 365 * 24 * 3_600_000) });

/** Asks for both codes, and types in what the inbox receives. */
export async function verifyContacts({ customer: { accounts }, addresses }: Suite): Promise<void> {
  for (const [kind, channel] of [['sms', Channel.CHANNEL_SMS] as const, ['email', Channel.CHANNEL_EMAIL] as const]) {
    const ask = () => accounts.requestContactVerification({ channel });
    const { answer, code } = await receiveCode(addresses.inbox, kind, ask, AbortSignal.timeout(20_000));
    await accounts.confirmContactVerification({ verificationId: answer.verificationId, code });
  }
}

/** The people's part of the journey: an account whose application is approved, with a domain that is ready to be enabled. */
export async function activate(suite: Suite, domainName: string): Promise<void> {
  const { customer, reviewer, origin } = suite;
  await customer.accounts.createAccount({ accountId, companyName: 'Acme Live Ltd', contacts, ...registration });
  await customer.domains.addDomain({ domainName, origins: [origin], icpNumber: '京ICP备12345678号-1' });
  await verifyContacts(suite);
  await reviewer.accounts.verifyEnterprise({ accountId, ...evidence() });
  await reviewer.domains.confirmOwnership({ domainName });
  const submitted = await customer.applications.submitApplication({ accountId, ...application });
  const applicationId = submitted.application?.applicationId ?? '';
  await reviewer.applications.approveApplication({ accountId, applicationId });
}

/** Enables WebSocket, and waits until every edge says that it runs this version. */
export async function enable({ customer }: Suite, domainName: string): Promise<void> {
  const { domain } = await customer.domains.enableWebSocket({ domainName });
  await untilLive(customer.domains, domainName, domain?.version ?? 0n);
}

async function untilLive(domains: Suite['customer']['domains'], domainName: string, version: bigint): Promise<void> {
  await vi.waitFor(
    async () => {
      const rollout = await domains.getRollout({ domainName });
      if (rollout.version < version || rollout.edgeCount === 0 || rollout.liveCount < rollout.edgeCount)
        throw new Error(`live on ${rollout.liveCount} of ${rollout.edgeCount} edges`);
    },
    { timeout: 5_000, interval: 20 },
  );
}
