import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, DomainError } from '@longwire/contracts';
import { Channel, ContactVerification_State } from '@longwire/contracts/activation/v1/account';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { Application, Application_State } from '@longwire/contracts/activation/v1/application';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { DeskServiceService } from '@longwire/contracts/activation/v1/desk_service';
import { Origin } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import type { Config } from './config.ts';
import { codesIn, inboxMessages, receiveCode } from './inbox.ts';
import { machineTokens } from './tokens.ts';

export const demoDomain = 'live.acme.localhost';
const accountId = 'acme';
const yearMs = 365 * 24 * 3_600_000;

/** The customer's way from nothing to a live domain, a line on the terminal for each step. What is done already is left out. */
export async function playJourney(config: Config, signal: AbortSignal): Promise<void> {
  const customer = await clients(config, 'demo-customer');
  const reviewer = await clients(config, 'demo-reviewer');
  if (await isPlayed(customer.domains)) return say(`${demoDomain} was set up before; its clients go on talking`);

  await unlessDone(
    customer.accounts.createAccount({
      accountId,
      companyName: 'Acme Live Ltd',
      country: 'CN',
      registrationNumber: '91330100799655058B',
      contacts: { name: 'Ada', phoneNumber: '+12025550123', email: 'ada@acme.test' },
    }),
  );
  say('the customer Ada created the account acme of Acme Live Ltd');

  for (const channel of [Channel.CHANNEL_SMS, Channel.CHANNEL_EMAIL])
    await verifyContact(customer.accounts, channel, config.INBOX_URL, signal);
  say('she verified her phone number and her email address with the codes that were sent there');

  const { hostname, port } = new URL(config.ORIGIN_URL);
  const origin = Origin.create({ host: hostname, httpPort: Number(port), httpsPort: 443 });
  await unlessDone(
    customer.domains.addDomain({ domainName: demoDomain, origins: [origin], icpNumber: '京ICP备12345678号-1' }),
  );
  say(`she added the domain ${demoDomain} with its origin and ICP number`);

  await reviewer.accounts.verifyEnterprise({
    accountId,
    evidence: 'extract of the register, file 2026-0017',
    expireTime: new Date(Date.now() + yearMs),
  });
  await reviewer.domains.confirmOwnership({ domainName: demoDomain });
  say('the reviewer Rita verified the enterprise, and that the domain is its own');

  const application = await apply(customer.applications);
  say('Ada applied to activate WebSocket');
  await approve(reviewer, application);
  say('Rita took the application up and approved it, for up to 200 Mbit/s and 20,000 connections');

  await told(config.INBOX_URL, signal);
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
    desk: createClient(DeskServiceService, activation, { token }),
    domains: createClient(DomainServiceService, new URL(CONFIG_URL).host, { token }),
  };
}

type Clients = Awaited<ReturnType<typeof clients>>;

async function isPlayed(domains: Clients['domains']): Promise<boolean> {
  const history = await domains.listHistory({ domainName: demoDomain }).catch(orNotFound);
  return history?.entries.some(({ type }) => type === 'WebSocketEnabled') ?? false;
}

/** The open application, or a new one. A journey that was interrupted goes on where it was. */
async function apply(applications: Clients['applications']): Promise<Application> {
  const { applications: present } = await applications.listApplications({ accountId });
  const [latest] = present;
  if (latest) return latest;
  const { application } = await applications.submitApplication({
    accountId,
    purpose: 'Live quotes for our trading app',
    domains: [demoDomain],
    peakBandwidthBps: 150_000_000n,
    peakConnections: 15_000n,
  });
  return Application.create(application);
}

async function approve({ applications, desk }: Clients, { applicationId, state }: Application): Promise<void> {
  if (state !== Application_State.STATE_PENDING) return;
  await desk.claimApplication({ accountId, applicationId });
  const limits = { bandwidthBps: 200_000_000n, connections: 20_000n };
  await applications.approveApplication({ accountId, applicationId, limits });
}

/** Asks for a code and types in what arrives; a verified address stays so. */
async function verifyContact(
  accounts: Clients['accounts'],
  channel: Channel,
  inboxUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const { account } = await accounts.getAccount({ accountId });
  const isSms = channel === Channel.CHANNEL_SMS;
  const present = isSms ? account?.phoneVerification : account?.emailVerification;
  if (present?.state === ContactVerification_State.STATE_VERIFIED) return;
  const ask = () => accounts.requestContactVerification({ accountId, channel });
  const { answer, code } = await receiveCode(inboxUrl, isSms ? 'sms' : 'email', ask, signal);
  await accounts.confirmContactVerification({ accountId, verificationId: answer.verificationId, code });
}

/** Whether the decision has arrived both ways: besides the codes there is a message of each kind. */
async function told(inboxUrl: string, signal: AbortSignal): Promise<void> {
  await until(signal, async () => {
    const messages = await inboxMessages(inboxUrl);
    return (['email', 'sms'] as const).every((kind) =>
      messages.some((message) => message.kind === kind && codesIn([message], kind).length === 0),
    );
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
