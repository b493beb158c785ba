import { randomUUID } from 'node:crypto';
import { connect } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { createClient } from '@longwire/contracts';
import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { Application_State } from '@longwire/contracts/activation/v1/application';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { append, openEventLog } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import { createLogger } from '@longwire/service';
import { startIssuer, startNats } from '@longwire/testing';
import type { NatsServer, TestIssuer } from '@longwire/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { start } from '../src/service.ts';

let nats: NatsServer;
let connection: NatsConnection;
let issuer: TestIssuer;
let configLog: EventLog;
let service: Awaited<ReturnType<typeof start>>;

const contacts = { name: 'Ada', phoneNumber: '+8613800138000', email: 'ada@acme.test' };

beforeAll(async () => {
  nats = await startNats();
  issuer = await startIssuer();
  connection = await connect({ servers: nats.url });
  configLog = await openEventLog(connection, { name: 'CONFIG', subjects: ['config.>'] });
  service = await startService();
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await connection.close();
  await issuer[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

function startService() {
  const env = {
    NATS_URL: nats.url,
    GRPC_LISTEN: '127.0.0.1:0',
    ADMIN_LISTEN: '127.0.0.1:0',
    DESK_TIME_ZONE: 'Asia/Shanghai',
    ...issuer.env,
  };
  return start(readConfig(env), createLogger('activation', 'error'));
}

async function clients(claims: { roles: string[]; account?: string; sub?: string }) {
  const token = await issuer.token(claims);
  const options = { token: () => token };
  return {
    accounts: createClient(AccountServiceService, service.grpcAddress, options),
    applications: createClient(ActivationServiceService, service.grpcAddress, options),
  };
}

const customer = (account: string) => clients({ roles: ['customer'], account, sub: `user-of-${account}` });
const reviewer = () => clients({ roles: ['reviewer'], sub: 'user-rita' });

/** What config would have decided: a domain of the account, with an ICP number. */
async function declareDomain(accountId: string): Promise<void> {
  const meta = { commandId: randomUUID(), actor: 'test', time: new Date() };
  const events = [
    { type: 'DomainAdded', domainName: `live.${accountId}.test`, accountId },
    { type: 'IcpNumberSet', icpNumber: '京ICP备12345678号' },
  ];
  await append(configLog, `config.domain.live_${accountId}_test`, events, { expectedSequence: 0, meta });
}

async function readyToApply(accountId: string) {
  const { accounts, applications } = await customer(accountId);
  await accounts.createAccount({ accountId, companyName: `${accountId} Ltd`, contacts });
  await (await reviewer()).accounts.verifyEnterprise({ accountId });
  await declareDomain(accountId);
  return applications;
}

test('an account is created, read back, and listed for reviewers', async () => {
  const { accounts } = await customer('initech');
  const created = await accounts.createAccount({ companyName: 'Initech', contacts });
  expect(created.account).toMatchObject({ accountId: 'initech', companyName: 'Initech', contacts });
  expect((await accounts.getAccount({ accountId: 'initech' })).account).toEqual(created.account);
  const listed = await (await reviewer()).accounts.listAccounts({});
  expect(listed.accounts.map(({ accountId }) => accountId)).toContain('initech');
});

test('an application is refused with every missing prerequisite, until all are met', async () => {
  const { accounts, applications } = await customer('hooli');
  await accounts.createAccount({ companyName: 'Hooli' });
  const refused = applications.submitApplication({ purpose: 'chat' });
  await expect(refused).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'PREREQUISITES_MISSING',
    details: {
      preconditions: ['ENTERPRISE_VERIFICATION', 'ICP_NUMBER', 'CONTACT_PHONE', 'CONTACT_EMAIL'].map((type) =>
        expect.objectContaining({ type }),
      ),
    },
  });
  await accounts.updateContacts({ contacts });
  await (await reviewer()).accounts.verifyEnterprise({ accountId: 'hooli' });
  await declareDomain('hooli');
  const { application } = await applications.submitApplication({ purpose: 'chat' });
  expect(application).toMatchObject({ state: Application_State.STATE_PENDING, companyName: 'Hooli' });
});

test('a reviewer approves: the application is decided and the account entitled', async () => {
  const applications = await readyToApply('acme');
  const { application } = await applications.submitApplication({ purpose: 'live quotes' });
  const desk = (await reviewer()).applications;
  const queue = await desk.listApplications({ state: Application_State.STATE_PENDING });
  expect(queue.applications).toContainEqual(application);

  const { accountId, applicationId, etag } = application!;
  const approved = await desk.approveApplication({ accountId, applicationId, etag });
  expect(approved.application).toMatchObject({ state: Application_State.STATE_APPROVED, decider: 'user-rita' });
  const { account } = await (await customer('acme')).accounts.getAccount({});
  expect(account?.websocketEntitlement).toMatchObject({ state: 2, applicationId });
});

test('a reviewer rejects with a reason, and the account applies again', async () => {
  const applications = await readyToApply('umbrella');
  const { application } = await applications.submitApplication({ purpose: 'telemetry' });
  const { accountId, applicationId } = application!;
  await (await reviewer()).applications.rejectApplication({ accountId, applicationId, reason: 'no licence' });
  expect((await applications.getApplication({ applicationId })).application).toMatchObject({
    state: Application_State.STATE_REJECTED,
    reason: 'no licence',
  });
  const again = await applications.submitApplication({ purpose: 'telemetry, with a licence' });
  expect(again.application?.state).toBe(Application_State.STATE_PENDING);
  await applications.withdrawApplication({ applicationId: again.application!.applicationId });
  const { applications: all } = await applications.listApplications({});
  expect(all.map(({ state }) => state)).toEqual([Application_State.STATE_WITHDRAWN, Application_State.STATE_REJECTED]);
});

test('of two reviewers who decide on what they both saw, one wins and the other is told', async () => {
  const applications = await readyToApply('soylent');
  const { application } = await applications.submitApplication({ purpose: 'menus' });
  const { accountId, applicationId, etag } = application!;
  const desk = (await reviewer()).applications;
  const outcomes = await Promise.allSettled([
    desk.approveApplication({ accountId, applicationId, etag }),
    desk.rejectApplication({ accountId, applicationId, etag, reason: 'late' }),
  ]);
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason.code);
  expect(lost).toEqual(['ABORTED']);
});

test('a repeated request gives the same answer and decides nothing new', async () => {
  const applications = await readyToApply('tyrell');
  const requestId = randomUUID();
  const [first, second] = [
    await applications.submitApplication({ purpose: 'dreams', requestId }),
    await applications.submitApplication({ purpose: 'dreams', requestId }),
  ];
  expect(second).toEqual(first);
});

test('an older repeat never brings old contacts back', async () => {
  const { accounts } = await customer('wonka');
  await accounts.createAccount({ companyName: 'Wonka', contacts });
  const requestId = randomUUID();
  await accounts.updateContacts({ contacts: { ...contacts, name: 'Old' }, requestId });
  await accounts.updateContacts({ contacts: { ...contacts, name: 'New' } });
  const repeated = await accounts.updateContacts({ contacts: { ...contacts, name: 'Old' }, requestId });
  expect(repeated.account?.contacts?.name).toBe('New');
});

test('bad input is refused with every field, and changes nothing', async () => {
  const { accounts } = await clients({ roles: ['operator'] });
  const bad = {
    accountId: 'A!',
    companyName: ' ',
    contacts: { name: '', phoneNumber: '123', email: 'x' },
    requestId: 'y',
  };
  await expect(accounts.createAccount(bad)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: {
      fieldViolations: ['account_id', 'company_name', 'contacts.phone_number', 'contacts.email', 'request_id'].map(
        (field) => expect.objectContaining({ field }),
      ),
    },
  });
});

test('contacts that a request leaves out are not erased', async () => {
  const { accounts } = await customer('kept');
  await accounts.createAccount({ companyName: 'Kept Ltd', contacts });
  await expect(accounts.updateContacts({})).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect((await accounts.getAccount({})).account?.contacts).toMatchObject(contacts);
});

test.each(['Acme\r\nBcc: x@example.com', 'Acme\u0000', 'Acme\u001b[31m', 'Acme\u202egnp.exe', 'Acme\u2028Ltd'])(
  'a company name is one line of visible text: %j is none',
  async (companyName) => {
    const { accounts } = await customer('one-line');
    await expect(accounts.createAccount({ companyName, contacts })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { fieldViolations: [{ field: 'company_name' }] },
    });
  },
);

test('a customer reaches no other account, and cannot decide', async () => {
  const { accounts, applications } = await customer('stark');
  const denied = { code: 'PERMISSION_DENIED' };
  await expect(accounts.getAccount({ accountId: 'acme' })).rejects.toMatchObject(denied);
  await expect(accounts.createAccount({ accountId: 'other', companyName: 'x' })).rejects.toMatchObject(denied);
  await expect(accounts.listAccounts({})).rejects.toMatchObject(denied);
  await expect(accounts.verifyEnterprise({ accountId: 'stark' })).rejects.toMatchObject(denied);
  await expect(applications.listApplications({ accountId: 'acme' })).rejects.toMatchObject(denied);
  await expect(applications.approveApplication({ accountId: 'stark' })).rejects.toMatchObject(denied);
  expect((await applications.listApplications({})).applications).toEqual([]);
});

test('a stale etag is refused', async () => {
  const { accounts } = await customer('cyberdyne');
  const { account } = await accounts.createAccount({ companyName: 'Cyberdyne', contacts });
  await accounts.updateContacts({ contacts, etag: account!.etag });
  await expect(
    accounts.updateContacts({ contacts: { ...contacts, name: 'Late' }, etag: account!.etag }),
  ).rejects.toMatchObject({
    code: 'ABORTED',
    reason: 'ETAG_MISMATCH',
  });
  expect((await accounts.getAccount({})).account?.contacts?.name).toBe('Ada');
});

test('no personal datum enters the log', async () => {
  const messages = await connection.request('$JS.API.STREAM.INFO.ACTIVATION', JSON.stringify({ subjects_filter: '>' }));
  const { state } = messages.json<{ state: { messages: number } }>();
  for (let seq = 1; seq <= state.messages; seq++) {
    const stored = await configLog.jsm.streams.getMessage('ACTIVATION', { seq });
    const headers = [...(stored?.header ?? [])].map(([name, values]) => `${name}: ${values.join()}`);
    const text = [stored?.string(), ...headers].join('\n');
    expect(text).not.toMatch(/13800138000|ada@acme|"Ada"/);
  }
  expect(state.messages).toBeGreaterThan(10);
});

test('a service started anew reads what the one before it wrote', async () => {
  await service[Symbol.asyncDispose]();
  service = await startService();
  const { account } = await (await customer('acme')).accounts.getAccount({});
  expect(account).toMatchObject({ companyName: 'acme Ltd', contacts, websocketEntitlement: { state: 2 } });
});
