import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, DomainError } from '@longwire/contracts';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { z } from 'zod';
import type { Config } from './config.ts';
import { machineTokens } from './tokens.ts';

export const demoDomain = 'live.acme.localhost';
const accountId = 'acme';

/** The customer's way from nothing to a live domain, a line on the terminal for each step. What is done already is left out. */
export async function playJourney(config: Config, signal: AbortSignal): Promise<void> {
  const customer = await clients(config, 'demo-customer');
  const reviewer = await clients(config, 'demo-reviewer');
  if (await isPlayed(customer.domains)) return say(`${demoDomain} was set up before; its clients go on talking`);

  await unlessDone(
    customer.accounts.createAccount({
      accountId,
      companyName: 'Acme Live Ltd',
      contacts: { name: 'Ada', phoneNumber: '+12025550123', email: 'ada@acme.test' },
    }),
  );
  say('the customer Ada created the account acme of Acme Live Ltd');

  const { hostname, port } = new URL(config.ORIGIN_URL);
  const origin = { host: hostname, httpPort: Number(port), httpsPort: 443 };
  await unlessDone(
    customer.domains.addDomain({ domainName: demoDomain, origins: [origin], icpNumber: '京ICP备12345678号-1' }),
  );
  say(`she added the domain ${demoDomain} with its origin and ICP number`);

  await reviewer.accounts.verifyEnterprise({ accountId });
  say('the reviewer Rita verified the enterprise');

  const applicationId = await apply(customer.applications);
  say('Ada applied to activate WebSocket');
  await reviewer.applications.approveApplication({ accountId, applicationId });
  say('Rita approved the application');

  await messagesArrived(config.INBOX_URL, signal);
  say('Ada was told by email and SMS: see the inbox');

  await customer.domains.enableWebSocket({ domainName: demoDomain });
  const { domain } = await customer.domains.updateWebSocketSettings({
    domainName: demoDomain,
    heartbeatTime: { seconds: 30n, nanos: 0 },
  });
  say('she enabled WebSocket, with a heartbeat time of 30 s');
  await live(customer.domains, domain?.version ?? 0n, signal);
  say('the setting is live on every edge; clients connect and talk');
}

async function clients({ ISSUER_URL, ISSUER_STATE_DIR, ACTIVATION_URL, CONFIG_URL }: Config, clientId: string) {
  const token = await machineTokens(ISSUER_URL, ISSUER_STATE_DIR, clientId);
  const activation = new URL(ACTIVATION_URL).host;
  return {
    accounts: createClient(AccountServiceService, activation, { token }),
    applications: createClient(ActivationServiceService, activation, { token }),
    domains: createClient(DomainServiceService, new URL(CONFIG_URL).host, { token }),
  };
}

type Clients = Awaited<ReturnType<typeof clients>>;

async function isPlayed(domains: Clients['domains']): Promise<boolean> {
  const history = await domains.listHistory({ domainName: demoDomain }).catch(orNotFound);
  return history?.entries.some(({ type }) => type === 'WebSocketEnabled') ?? false;
}

/** The open application, or a new one. A journey that was interrupted goes on where it was. */
async function apply(applications: Clients['applications']): Promise<string> {
  const { applications: present } = await applications.listApplications({ accountId });
  const [latest] = present;
  if (latest) return latest.applicationId;
  const { application } = await applications.submitApplication({
    accountId,
    purpose: 'Live quotes for our trading app',
  });
  return application?.applicationId ?? '';
}

const inbox = z.array(z.object({ kind: z.string() }));

async function messagesArrived(inboxUrl: string, signal: AbortSignal): Promise<void> {
  await until(signal, async () => {
    const response = await fetch(`${inboxUrl}/messages`, { signal });
    const kinds = inbox.parse(await response.json()).map(({ kind }) => kind);
    return kinds.includes('email') && kinds.includes('sms');
  });
}

async function live(domains: Clients['domains'], version: bigint, signal: AbortSignal): Promise<void> {
  await until(signal, async () => {
    const rollout = await domains.getRollout({ domainName: demoDomain });
    return rollout.version >= version && rollout.edgeCount > 0 && rollout.liveCount === rollout.edgeCount;
  });
}

async function until(signal: AbortSignal, condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(100, undefined, { signal });
}

async function unlessDone(step: Promise<unknown>): Promise<void> {
  await step.catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'ALREADY_EXISTS') throw error;
  });
}

function orNotFound(error: unknown): undefined {
  if (!(error instanceof DomainError) || error.code !== 'NOT_FOUND') throw error;
}

function say(line: string): void {
  console.log(line);
}
