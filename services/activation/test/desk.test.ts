import { randomUUID } from 'node:crypto';
import { Entitlement_State, EnterpriseVerification_State } from '@longwire/contracts/activation/v1/account';
import { Application_State } from '@longwire/contracts/activation/v1/application';
import type { Application } from '@longwire/contracts/activation/v1/application';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contacts, evidence, peak, registration, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let service: Awaited<ReturnType<World['startService']>>;
let rita: Awaited<ReturnType<World['reviewer']>>;
let ronald: Awaited<ReturnType<World['reviewer']>>;

beforeAll(async () => {
  world = await startWorld();
  service = await world.startService();
  [rita, ronald] = [await world.reviewer('user-rita'), await world.reviewer('user-ronald')];
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

async function submitted(accountId: string): Promise<Application> {
  const applications = await world.readyToApply(accountId);
  const { application } = await applications.submitApplication({ purpose: 'live quotes', ...peak });
  return application!;
}

test('a claimed application is decided by its claimer, and customers do not see who that is', async () => {
  const { accountId, applicationId } = await submitted('claimed');
  const { application } = await rita.desk.claimApplication({ accountId, applicationId });
  expect(application).toMatchObject({ claimer: 'user-rita', claimTime: expect.any(Date) });
  await expect(ronald.desk.claimApplication({ accountId, applicationId })).rejects.toMatchObject({
    code: 'ABORTED',
    reason: 'APPLICATION_CLAIMED',
  });
  await expect(ronald.applications.approveApplication({ accountId, applicationId })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'APPLICATION_CLAIMED',
  });
  const { applications } = await world.customer(accountId);
  expect((await applications.getApplication({ applicationId })).application).toMatchObject({ claimer: '', notes: [] });
  const released = await ronald.desk.releaseApplication({ accountId, applicationId });
  expect(released.application).toMatchObject({ claimer: '', claimTime: undefined });
  const approved = await ronald.applications.approveApplication({ accountId, applicationId });
  expect(approved.application?.decider).toBe('user-ronald');
});

test('of two who claim at the same moment one has it, and the other is told', async () => {
  const { accountId, applicationId } = await submitted('race');
  const claims = [rita, ronald].map(({ desk }) => desk.claimApplication({ accountId, applicationId }));
  const outcomes = await Promise.allSettled(claims);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ABORTED' } });
});

test.each([1, 2, 3, 4, 5])('of two who decide at the same moment without an etag one decides (%i)', async (round) => {
  const { accountId, applicationId } = await submitted(`decide-${round}`);
  const outcomes = await Promise.allSettled([
    rita.applications.approveApplication({ accountId, applicationId }),
    ronald.applications.rejectApplication({ accountId, applicationId, reason: 'no' }),
  ]);
  const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(lost).toEqual([expect.objectContaining({ code: 'ABORTED', reason: 'APPLICATION_DECIDED' })]);
});

test('reviewers see the notes and the whole history, customers what concerns them', async () => {
  const { accountId, applicationId } = await submitted('noted');
  await rita.desk.claimApplication({ accountId, applicationId });
  const { application } = await rita.desk.noteApplication({ accountId, applicationId, note: 'asked for the licence' });
  expect(application?.notes).toEqual([{ note: 'asked for the licence', author: 'user-rita', time: expect.any(Date) }]);
  await rita.applications.rejectApplication({ accountId, applicationId, reason: 'no licence' });
  const types = async ({ applications }: Pick<typeof rita, 'applications'>) => {
    const { entries } = await applications.listApplicationHistory({ accountId, applicationId });
    return entries.map(({ type, actor, text }) => [type, actor, text]);
  };
  const [first, last] = [
    ['ApplicationSubmitted', 'user-of-noted', 'live quotes'],
    ['ApplicationRejected', 'user-rita', 'no licence'],
  ];
  expect(await types(rita)).toEqual([
    first,
    ['ApplicationClaimed', 'user-rita', ''],
    ['ApplicationNoted', 'user-rita', 'asked for the licence'],
    last,
  ]);
  expect(await types(await world.customer(accountId))).toEqual([first, last]);
});

test('the list is filtered by state, account, claimer, and what is overdue', async () => {
  const { accountId, applicationId } = await submitted('filtered');
  await rita.desk.claimApplication({ accountId, applicationId });
  const list = async (filter: object, { applications } = rita) =>
    (await applications.listApplications(filter)).applications.map((one) => one.accountId);
  expect((await list({ claimedByMe: true })).filter((one) => one !== 'race')).toEqual(['filtered']);
  expect(await list({ claimedByMe: true }, ronald)).not.toContain('filtered');
  expect(await list({ accountId: 'filtered' })).toEqual(['filtered']);
  expect(await list({ accountId: 'filtered', state: Application_State.STATE_APPROVED })).toEqual([]);
  expect(await list({ accountId: 'filtered', overdue: true })).toEqual([]);
});

test('a list is read in pages, and an application stands in one of them', async () => {
  const { applications: whole } = await rita.applications.listApplications({});
  const seen = [];
  let pageToken = '';
  do {
    const answer = await rita.applications.listApplications({ pageSize: 2, pageToken });
    seen.push(...answer.applications);
    pageToken = answer.nextPageToken;
  } while (pageToken !== '');
  expect(seen).toEqual(whole);
});

test('an entitlement is suspended and given back, and the account sees why', async () => {
  const { accountId, applicationId } = await submitted('unpaid');
  await rita.applications.approveApplication({ accountId, applicationId });
  const reason = 'the bill of October is unpaid';
  await rita.desk.suspendEntitlement({ accountId, reason });
  const { accounts } = await world.customer(accountId);
  expect((await accounts.getAccount({})).account?.websocketEntitlement).toMatchObject({
    state: Entitlement_State.STATE_SUSPENDED,
    suspendReason: reason,
    suspendTime: expect.any(Date),
  });
  const operator = await world.clients({ roles: ['operator'] });
  const { account } = await operator.desk.reinstateEntitlement({ accountId });
  expect(account?.websocketEntitlement).toMatchObject({ state: Entitlement_State.STATE_ACTIVE, suspendReason: '' });
});

test('a verification has its evidence for reviewers, its end for all, and may be revoked', async () => {
  const { accountId } = await submitted('verified');
  const { expireTime } = evidence();
  const { account } = await rita.accounts.verifyEnterprise({ accountId, evidence: 'file 18', expireTime });
  expect(account?.enterpriseVerification).toMatchObject({ evidence: 'file 18', expireTime });
  const { accounts } = await world.customer(accountId);
  const seen = await accounts.getAccount({});
  expect(seen.account?.enterpriseVerification).toMatchObject({ evidence: '', expireTime, verifier: 'user-rita' });
  await rita.accounts.revokeEnterpriseVerification({ accountId, reason: 'the file was forged' });
  expect((await accounts.getAccount({})).account?.enterpriseVerification).toMatchObject({
    state: EnterpriseVerification_State.STATE_REVOKED,
    revokeReason: 'the file was forged',
    expireTime: undefined,
  });
});

test('the figures of the desk are those of its applications, and Prometheus sees the same', async () => {
  const before = await rita.desk.getDeskFigures({});
  const { accountId, applicationId } = await submitted('figures');
  await rita.desk.claimApplication({ accountId, applicationId });
  const waiting = await rita.desk.getDeskFigures({ days: 1 });
  expect(waiting).toMatchObject({ pendingCount: before.pendingCount + 1, claimedCount: before.claimedCount + 1 });
  const metrics = await (await fetch(`http://${service.adminAddress}/metrics`)).text();
  expect(metrics).toContain(`longwire_activation_queue_length ${waiting.pendingCount}\n`);
  expect(metrics).toMatch(/longwire_activation_answer_seconds\{quantile="0\.95"\} \d/);
  await rita.applications.approveApplication({ accountId, applicationId });
  const { answerP50, answerP95, ...after } = await rita.desk.getDeskFigures({});
  expect(after).toMatchObject({ answeredCount: before.answeredCount + 1, lateCount: 0, overdueCount: 0 });
  expect(Number(answerP95?.seconds)).toBeGreaterThanOrEqual(Number(answerP50?.seconds));
});

test('an application whose verification was revoked meanwhile is not approved until that is mended', async () => {
  const { accountId, applicationId } = await submitted('revoked-meanwhile');
  await rita.accounts.revokeEnterpriseVerification({ accountId, reason: 'the file was forged' });
  await expect(rita.applications.approveApplication({ accountId, applicationId })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'PREREQUISITES_MISSING',
    details: { preconditions: [{ type: 'ENTERPRISE_VERIFICATION', description: expect.stringContaining('forged') }] },
  });
  await rita.accounts.verifyEnterprise({ accountId, ...evidence() });
  const { application } = await rita.applications.approveApplication({ accountId, applicationId });
  expect(application?.state).toBe(Application_State.STATE_APPROVED);
});

type Command = (requestId: string, accountId: string, applicationId: string) => Promise<unknown>;
const repeats: Record<string, Command> = {
  claim: (requestId, accountId, applicationId) => rita.desk.claimApplication({ accountId, applicationId, requestId }),
  release: (requestId, accountId, applicationId) =>
    rita.desk.releaseApplication({ accountId, applicationId, requestId }),
  note: (requestId, accountId, applicationId) =>
    rita.desk.noteApplication({ accountId, applicationId, note: 'once', requestId }),
  approve: (requestId, accountId, applicationId) =>
    rita.applications.approveApplication({ accountId, applicationId, requestId }),
  suspend: (requestId, accountId) => rita.desk.suspendEntitlement({ accountId, reason: 'once', requestId }),
  reinstate: (requestId, accountId) => rita.desk.reinstateEntitlement({ accountId, requestId }),
  verify: (requestId, accountId) => rita.accounts.verifyEnterprise({ accountId, ...oneEvidence, requestId }),
  revoke: (requestId, accountId) => rita.accounts.revokeEnterpriseVerification({ accountId, reason: 'x', requestId }),
};
const oneEvidence = evidence();

test('a repeated request decides nothing more and answers the same, for each command of the desk', async () => {
  const { accountId, applicationId } = await submitted('repeats');
  for (const [name, command] of Object.entries(repeats)) {
    const requestId = randomUUID();
    const first = await command(requestId, accountId, applicationId);
    expect({ name, answer: await command(requestId, accountId, applicationId) }).toEqual({ name, answer: first });
  }
  const { entries } = await rita.applications.listApplicationHistory({ accountId, applicationId });
  expect(entries.filter(({ type }) => type === 'ApplicationNoted')).toHaveLength(1);
});

test('every command on a stale etag is aborted', async () => {
  const { accountId, applicationId, etag } = await submitted('stale');
  await rita.desk.noteApplication({ accountId, applicationId, note: 'meanwhile' });
  const about = { accountId, applicationId, etag };
  const { accounts, applications } = await world.customer(accountId);
  for (const stale of [
    () => accounts.updateContacts({ contacts, etag }),
    () => accounts.eraseContacts({ etag }),
    () => accounts.setLanguage({ language: 'zh-CN', etag }),
    () => accounts.setRegistration({ ...registration, etag }),
    () => applications.withdrawApplication({ applicationId, etag }),
    () => rita.desk.claimApplication(about),
    () => rita.desk.releaseApplication(about),
    () => rita.desk.noteApplication({ ...about, note: 'x' }),
    () => rita.applications.approveApplication(about),
    () => rita.applications.rejectApplication({ ...about, reason: 'x' }),
    () => rita.desk.suspendEntitlement({ accountId, reason: 'x', etag }),
    () => rita.desk.reinstateEntitlement({ accountId, etag }),
    () => rita.accounts.verifyEnterprise({ accountId, ...evidence(), etag }),
    () => rita.accounts.revokeEnterpriseVerification({ accountId, reason: 'x', etag }),
  ])
    await expect(stale()).rejects.toMatchObject({ code: 'ABORTED', reason: 'ETAG_MISMATCH' });
});
