import { randomUUID } from 'node:crypto';
import { Application_State } from '@longwire/contracts/activation/v1/application';
import { openEventLog } from '@longwire/eventlog';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contacts, evidence, peak, registration, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let service: Awaited<ReturnType<World['startService']>>;

beforeAll(async () => {
  world = await startWorld();
  service = await world.startService({ DESK_TIME_ZONE: 'Asia/Shanghai' });
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const customer: World['customer'] = (account) => world.customer(account);
const reviewer: World['reviewer'] = (sub) => world.reviewer(sub);
const readyToApply: World['readyToApply'] = (account) => world.readyToApply(account);

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
  const types = ['ENTERPRISE_VERIFICATION', 'ICP_NUMBER', 'CONTACT_PHONE', 'CONTACT_EMAIL'];
  const refused = applications.submitApplication({ purpose: 'chat', ...peak });
  await expect(refused).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'PREREQUISITES_MISSING',
    details: { preconditions: types.map((type) => expect.objectContaining({ type })) },
  });
  const before = await applications.checkPrerequisites({});
  expect(before.prerequisites).toEqual(types.map((type) => ({ type, met: false, todo: expect.stringMatching(/./) })));
  await accounts.setRegistration(registration);
  await accounts.updateContacts({ contacts });
  await world.verifyContacts('hooli');
  await (await reviewer()).accounts.verifyEnterprise({ accountId: 'hooli', ...evidence() });
  const domain = await world.declareDomain('hooli');
  const after = await applications.checkPrerequisites({});
  expect(after.prerequisites).toEqual(types.map((type) => ({ type, met: true, todo: '' })));
  const { application } = await applications.submitApplication({ purpose: 'chat', domains: [domain], ...peak });
  expect(application).toMatchObject({
    state: Application_State.STATE_PENDING,
    companyName: 'Hooli',
    domains: [domain],
    ...peak,
  });
});

test('a reviewer approves: the application is decided and the account entitled', async () => {
  const applications = await readyToApply('acme');
  const { application } = await applications.submitApplication({ purpose: 'live quotes', ...peak });
  const desk = (await reviewer()).applications;
  const queue = await desk.listApplications({ state: Application_State.STATE_PENDING });
  expect(queue.applications).toContainEqual(application);

  const { accountId, applicationId, etag } = application!;
  const limits = { bandwidthBps: 20_000_000n, connections: 1_000n };
  const approved = await desk.approveApplication({ accountId, applicationId, limits, etag });
  expect(approved.application).toMatchObject({ state: Application_State.STATE_APPROVED, decider: 'user-rita', limits });
  const { account } = await (await customer('acme')).accounts.getAccount({});
  expect(account?.websocketEntitlement).toMatchObject({ state: 2, applicationId, limits });
});

test('a reviewer rejects with a reason, and the account applies again', async () => {
  const applications = await readyToApply('umbrella');
  const { application } = await applications.submitApplication({ purpose: 'telemetry', ...peak });
  const { accountId, applicationId } = application!;
  await (
    await reviewer()
  ).applications.rejectApplication({
    accountId,
    applicationId,
    reason: 'no licence',
    mend: ['say which licence you have'],
  });
  expect((await applications.getApplication({ applicationId })).application).toMatchObject({
    state: Application_State.STATE_REJECTED,
    reason: 'no licence',
    mend: ['say which licence you have'],
  });
  const again = await applications.submitApplication({ purpose: 'telemetry, with a licence', ...peak });
  expect(again.application?.state).toBe(Application_State.STATE_PENDING);
  await applications.withdrawApplication({ applicationId: again.application!.applicationId });
  const { applications: all } = await applications.listApplications({});
  expect(all.map(({ state }) => state)).toEqual([Application_State.STATE_WITHDRAWN, Application_State.STATE_REJECTED]);
});

test('of two reviewers who decide on what they both saw, one wins and the other is told', async () => {
  const applications = await readyToApply('soylent');
  const { application } = await applications.submitApplication({ purpose: 'menus', ...peak });
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
    await applications.submitApplication({ purpose: 'dreams', ...peak, requestId }),
    await applications.submitApplication({ purpose: 'dreams', ...peak, requestId }),
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
  const log = await openEventLog(world.connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  const messages = await world.connection.request(
    '$JS.API.STREAM.INFO.ACTIVATION',
    JSON.stringify({ subjects_filter: '>' }),
  );
  const { state } = messages.json<{ state: { messages: number } }>();
  for (let seq = 1; seq <= state.messages; seq++) {
    const stored = await log.jsm.streams.getMessage('ACTIVATION', { seq });
    const headers = [...(stored?.header ?? [])].map(([name, values]) => `${name}: ${values.join()}`);
    const text = [stored?.string(), ...headers].join('\n');
    expect(text).not.toMatch(/13800138000|ada@acme|"Ada"/);
  }
  expect(state.messages).toBeGreaterThan(10);
});

test('a service started anew reads what the one before it wrote', async () => {
  await service[Symbol.asyncDispose]();
  service = await world.startService();
  const { account } = await (await customer('acme')).accounts.getAccount({});
  expect(account).toMatchObject({ companyName: 'acme Ltd', contacts, websocketEntitlement: { state: 2 } });
});
