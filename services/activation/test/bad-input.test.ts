import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let service: Awaited<ReturnType<World['startService']>>;
let all: Awaited<ReturnType<World['clients']>>;

beforeAll(async () => {
  world = await startWorld();
  service = await world.startService();
  all = await world.clients({ roles: ['customer', 'reviewer', 'operator'], account: 'acme' });
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const ids = { accountId: 'A!', etag: 'x', requestId: 'y' };
const idFields = ['account_id', 'etag', 'request_id'];
const application = { ...ids, applicationId: 'z' };
const applicationFields = [...idFields, 'application_id'];
const long = (length: number) => 'x'.repeat(length);

type Bad = [name: string, call: (clients: typeof all) => Promise<unknown>, fields: string[]];

/** Every field of every request, wrong; the answer must name each of them. */
const everything: Bad[] = [
  [
    'createAccount',
    ({ accounts }) =>
      accounts.createAccount({
        accountId: 'A!',
        companyName: ' ',
        contacts: { name: 'a\nb', phoneNumber: '123', email: 'x' },
        country: 'XX',
        registrationNumber: '1',
        language: 'fr',
        requestId: 'y',
      }),
    [
      'account_id',
      'company_name',
      'contacts.name',
      'contacts.phone_number',
      'contacts.email',
      'country',
      'language',
      'request_id',
    ],
  ],
  ['getAccount', ({ accounts }) => accounts.getAccount({ accountId: 'A!' }), ['account_id']],
  ['listAccounts', ({ accounts }) => accounts.listAccounts({ pageSize: -1 }), ['page_size']],
  ['listAccounts, its token', ({ accounts }) => accounts.listAccounts({ pageToken: '!' }), ['page_token']],
  [
    'updateContacts',
    ({ accounts }) =>
      accounts.updateContacts({ ...ids, contacts: { name: long(101), phoneNumber: '+86 138', email: '@' } }),
    [...idFields, 'contacts.name', 'contacts.phone_number', 'contacts.email'],
  ],
  ['updateContacts without any', ({ accounts }) => accounts.updateContacts({ accountId: 'acme' }), ['contacts']],
  ['eraseContacts', ({ accounts }) => accounts.eraseContacts(ids), idFields],
  [
    'setRegistration',
    ({ accounts }) => accounts.setRegistration({ ...ids, country: 'CN', registrationNumber: '91330100799655058C' }),
    [...idFields, 'registration_number'],
  ],
  ['setRegistration, its country', ({ accounts }) => accounts.setRegistration({ country: '' }), ['country']],
  ['setLanguage', ({ accounts }) => accounts.setLanguage({ ...ids, language: 'EN' }), [...idFields, 'language']],
  [
    'requestContactVerification',
    ({ accounts }) => accounts.requestContactVerification({ accountId: 'A!', channel: 0, requestId: 'y' }),
    ['account_id', 'channel', 'request_id'],
  ],
  [
    'confirmContactVerification',
    ({ accounts }) =>
      accounts.confirmContactVerification({ accountId: 'A!', verificationId: 'v', code: '12345', requestId: 'y' }),
    ['account_id', 'verification_id', 'code', 'request_id'],
  ],
  [
    'verifyEnterprise',
    ({ accounts }) => accounts.verifyEnterprise({ ...ids, evidence: '', expireTime: new Date(0) }),
    [...idFields, 'evidence', 'expire_time'],
  ],
  [
    'verifyEnterprise without an end',
    ({ accounts }) => accounts.verifyEnterprise({ accountId: 'acme', evidence: long(501) }),
    ['evidence', 'expire_time'],
  ],
  [
    'revokeEnterpriseVerification',
    ({ accounts }) => accounts.revokeEnterpriseVerification({ ...ids, reason: long(1001) }),
    [...idFields, 'reason'],
  ],
  ['checkPrerequisites', ({ applications }) => applications.checkPrerequisites({ accountId: 'A!' }), ['account_id']],
  [
    'submitApplication',
    ({ applications }) =>
      applications.submitApplication({
        accountId: 'A!',
        purpose: '',
        domains: Array.from({ length: 101 }, () => 'a.test'),
        peakBandwidthBps: 0n,
        peakConnections: -1n,
        requestId: 'y',
      }),
    ['account_id', 'purpose', 'domains', 'peak_bandwidth_bps', 'peak_connections', 'request_id'],
  ],
  [
    'submitApplication, too much',
    ({ applications }) =>
      applications.submitApplication({ purpose: 'x', peakBandwidthBps: 10n ** 15n + 1n, peakConnections: 10n ** 13n }),
    ['peak_bandwidth_bps', 'peak_connections'],
  ],
  ['withdrawApplication', ({ applications }) => applications.withdrawApplication(application), applicationFields],
  [
    'getApplication',
    ({ applications }) => applications.getApplication({ accountId: 'A!', applicationId: 'z' }),
    ['account_id', 'application_id'],
  ],
  [
    'listApplications',
    ({ applications }) => applications.listApplications({ accountId: 'A!', state: 9 as never, pageSize: -1 }),
    ['account_id', 'state', 'page_size'],
  ],
  [
    'listApplicationHistory',
    ({ applications }) => applications.listApplicationHistory({ accountId: 'A!', applicationId: 'z' }),
    ['account_id', 'application_id'],
  ],
  [
    'approveApplication',
    ({ applications }) =>
      applications.approveApplication({ ...application, limits: { bandwidthBps: -1n, connections: -1n } }),
    [...applicationFields, 'limits.bandwidth_bps', 'limits.connections'],
  ],
  [
    'rejectApplication',
    ({ applications }) => applications.rejectApplication({ ...application, reason: ' ', mend: ['', long(201)] }),
    [...applicationFields, 'reason', 'mend[0]', 'mend[1]'],
  ],
  [
    'rejectApplication, too much to mend',
    ({ applications }) =>
      applications.rejectApplication({
        accountId: 'acme',
        applicationId: randomUUID(),
        reason: 'x',
        mend: Array.from({ length: 11 }, () => 'x'),
      }),
    ['mend'],
  ],
  ['claimApplication', ({ desk }) => desk.claimApplication(application), applicationFields],
  ['releaseApplication', ({ desk }) => desk.releaseApplication(application), applicationFields],
  ['noteApplication', ({ desk }) => desk.noteApplication({ ...application, note: '' }), [...applicationFields, 'note']],
  ['getDeskFigures', ({ desk }) => desk.getDeskFigures({ days: 367 }), ['days']],
  ['suspendEntitlement', ({ desk }) => desk.suspendEntitlement({ ...ids, reason: '' }), [...idFields, 'reason']],
  ['reinstateEntitlement', ({ desk }) => desk.reinstateEntitlement(ids), idFields],
];

test.each(everything)('%s names every bad field at once', async (_, call, fields) => {
  const error = await call(all).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELDS' });
  const { details } = error as { details: { fieldViolations: { field: string; description: string }[] } };
  expect(details.fieldViolations.map(({ field }) => field).toSorted()).toEqual(fields.toSorted());
  for (const { description } of details.fieldViolations) expect(description).toMatch(/^(must|and|is) /);
});

test('bad input has changed nothing: there is no account', async () => {
  expect((await all.accounts.listAccounts({})).accounts).toEqual([]);
});

test('every rpc with a field is in the table', () => {
  const named = new Set(everything.map(([name]) => name.replace(/[ ,].*/, '')));
  const rpcs = Object.values(all).flatMap((client) => Object.keys(client));
  expect(named).toEqual(new Set(rpcs));
});
