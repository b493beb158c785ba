import { DomainError } from '@longwire/contracts';
import { expect, test } from 'vitest';
import { account } from './account.ts';
import type { AccountCommand } from './account.ts';
import type { AccountEvent } from './events.ts';

const now = new Date('2026-11-20T09:00:00.000Z');
const later = '2026-11-20T09:10:00.000Z';
const registration = { country: 'CN', registrationNumber: '91330100799655058B' };
const created: AccountEvent = { type: 'AccountCreated', companyName: 'Acme', ...registration };
const verified: AccountEvent = {
  type: 'EnterpriseVerified',
  evidence: 'file 17',
  expireTime: '2027-11-20T00:00:00.000Z',
};
const requested = (channel: 'sms' | 'email', verificationId = `v-${channel}`): AccountEvent => ({
  type: 'ContactVerificationRequested',
  verificationId,
  channel,
  expireTime: later,
});
const confirmed = (channel: 'sms' | 'email'): AccountEvent => ({
  type: 'ContactVerified',
  verificationId: `v-${channel}`,
  channel,
});
const reachable = [requested('sms'), confirmed('sms'), requested('email'), confirmed('email')];
const ready = [created, verified, ...reachable];
const application = {
  applicationId: 'a1',
  purpose: 'chat',
  dueTime: '2026-11-23T09:00:00.000Z',
  domains: ['live.acme.test'],
  peakBandwidthBps: 1_000_000,
  peakConnections: 2_000,
};
const submitted: AccountEvent = { type: 'ApplicationSubmitted', ...application };
const facts = { domains: [{ name: 'live.acme.test', hasIcpNumber: true }], hasPhoneNumber: true, hasEmail: true };
const submit: AccountCommand = { type: 'SubmitApplication', ...application, facts, now };
const [rita, ronald] = [{ reviewer: 'rita' }, { reviewer: 'ronald' }];
const approve: AccountCommand = { type: 'ApproveApplication', applicationId: 'a1', ...rita, facts, now };
const reject: AccountCommand = { type: 'RejectApplication', applicationId: 'a1', reason: 'no licence', ...rita };
const withdraw: AccountCommand = { type: 'WithdrawApplication', applicationId: 'a1' };
const revoked: AccountEvent = { type: 'EnterpriseVerificationRevoked', reason: 'forged' };
const approved: AccountEvent = { type: 'ApplicationApproved', applicationId: 'a1' };
const claim: AccountCommand = { type: 'ClaimApplication', applicationId: 'a1', ...rita };
const claimed: AccountEvent = { type: 'ApplicationClaimed', applicationId: 'a1', ...rita };

function given(...events: AccountEvent[]) {
  const state = events.reduce(account.evolve, account.initial);
  return {
    when: (command: AccountCommand) => ({
      decides: (...expected: AccountEvent[]) => expect(account.decide(command, state)).toEqual(expected),
      refuses: (reason: string, code?: string) => {
        const decide = () => account.decide(command, state);
        expect(decide).toThrow(DomainError);
        expect(decide).toThrow(expect.objectContaining({ reason, ...(code && { code }) }));
      },
      misses: (...types: string[]) =>
        expect(() => account.decide(command, state)).toThrow(
          expect.objectContaining({
            details: { preconditions: types.map((type) => expect.objectContaining({ type })) },
          }),
        ),
    }),
  };
}

test('creating an account records its company', () => {
  given().when({ type: 'CreateAccount', companyName: 'Acme', registration }).decides(created);
});
test('an account id is taken once', () => {
  given(created).when({ type: 'CreateAccount', companyName: 'Other' }).refuses('ACCOUNT_EXISTS');
});
test('nothing happens to an account that does not exist', () => {
  given().when({ type: 'EraseContacts' }).refuses('ACCOUNT_NOT_FOUND');
});
test('a language is set once', () => {
  given(created).when({ type: 'SetLanguage', language: 'zh-CN' }).decides({ type: 'LanguageSet', language: 'zh-CN' });
  given(created, { type: 'LanguageSet', language: 'zh-CN' }).when({ type: 'SetLanguage', language: 'zh-CN' }).decides();
});

test('an enterprise is verified with its evidence, once, and anew when either changes', () => {
  const verify = { type: 'VerifyEnterprise', evidence: 'file 17', expireTime: '2027-11-20T00:00:00.000Z' } as const;
  given(created).when(verify).decides(verified);
  given(created, verified).when(verify).decides();
  const renewed = { evidence: 'file 18', expireTime: '2028-11-20T00:00:00.000Z' };
  given(created, verified)
    .when({ ...verify, ...renewed })
    .decides({ type: 'EnterpriseVerified', ...renewed });
  given({ type: 'AccountCreated', companyName: 'Acme' }).when(verify).refuses('REGISTRATION_MISSING');
});
test('another registration asks for another verification; the same one changes nothing', () => {
  given(created, verified)
    .when({ type: 'SetRegistration', ...registration })
    .decides();
  const moved = { country: 'DE', registrationNumber: 'HRB 1234' };
  given(created)
    .when({ type: 'SetRegistration', ...moved })
    .decides({ type: 'RegistrationSet', ...moved });
  given(...ready, { type: 'RegistrationSet', ...moved })
    .when(submit)
    .misses('ENTERPRISE_VERIFICATION');
});
test('a verification that expired or was revoked is missing again', () => {
  given(created, verified).when({ type: 'RevokeEnterpriseVerification', reason: 'forged' }).decides(revoked);
  given(created).when({ type: 'RevokeEnterpriseVerification', reason: 'forged' }).decides();
  given(...ready, revoked)
    .when(submit)
    .misses('ENTERPRISE_VERIFICATION');
  given(...ready)
    .when({ ...submit, now: new Date('2027-11-20T00:00:00.000Z') })
    .misses('ENTERPRISE_VERIFICATION');
});

test('contacts may change at any time, and say what changed', () => {
  const changes = { phoneChanged: true, emailChanged: false };
  given(created)
    .when({ type: 'UpdateContacts', ...changes, seen: {} })
    .decides({ type: 'ContactsUpdated', ...changes });
});
test('an address that was verified since it was compared has changed, and one that stayed verified has not', () => {
  const same = { type: 'UpdateContacts', phoneChanged: false, emailChanged: false } as const;
  const { checks } = ready.reduce(account.evolve, account.initial);
  const updated = { type: 'ContactsUpdated', phoneChanged: false, emailChanged: false } as const;
  given(...ready)
    .when({ ...same, seen: checks })
    .decides(updated);
  given(...ready)
    .when({ ...same, seen: { email: checks.email! } })
    .decides({ ...updated, phoneChanged: true });
  given(...ready, requested('email', 'v2'))
    .when({ ...same, seen: checks })
    .decides({ ...updated, emailChanged: true });
});
test('an address that changed must be verified anew, and the other stays verified', () => {
  given(...ready, { type: 'ContactsUpdated', phoneChanged: true, emailChanged: false })
    .when(submit)
    .misses('CONTACT_PHONE');
  given(...ready, { type: 'ContactsUpdated' }) // as it was written before addresses were verified
    .when(submit)
    .misses('CONTACT_PHONE', 'CONTACT_EMAIL');
});
test('contacts are erased once, and what is missing then is named', () => {
  given(created).when({ type: 'EraseContacts' }).decides({ type: 'ContactsErased' });
  given(created, { type: 'ContactsErased' }).when({ type: 'EraseContacts' }).decides();
  given(...ready, { type: 'ContactsErased' })
    .when({ ...submit, facts: { ...facts, hasPhoneNumber: false, hasEmail: false } })
    .misses('CONTACT_PHONE', 'CONTACT_EMAIL');
});

test('a code is asked for and confirmed, each once', () => {
  const ask = { type: 'RequestContactVerification', verificationId: 'v-sms', channel: 'sms', now } as const;
  const confirm = { type: 'ConfirmContactVerification', verificationId: 'v-sms', now } as const;
  given(created)
    .when({ ...ask, hasAddress: true })
    .decides(requested('sms'));
  given(created, requested('sms'))
    .when({ ...ask, hasAddress: true })
    .decides();
  given(created)
    .when({ ...ask, hasAddress: false })
    .refuses('ADDRESS_MISSING');
  given(created, requested('sms')).when(confirm).decides(confirmed('sms'));
  given(created, requested('sms'), confirmed('sms')).when(confirm).decides();
});
test('a code is over with its time, with a newer one, and with a change of the address', () => {
  const confirm = { type: 'ConfirmContactVerification', verificationId: 'v-sms', now } as const;
  given(created).when(confirm).refuses('VERIFICATION_OVER');
  given(created, requested('sms'))
    .when({ ...confirm, now: new Date(later) })
    .refuses('VERIFICATION_OVER');
  given(created, requested('sms'), requested('sms', 'v2')).when(confirm).refuses('VERIFICATION_OVER');
  given(created, requested('sms'), { type: 'ContactsUpdated', phoneChanged: true, emailChanged: false })
    .when(confirm)
    .refuses('VERIFICATION_OVER');
});
test('ten codes are sent within an hour, though the address changes; the next one after it', () => {
  const ten = Array.from({ length: 10 }, (_, index) => requested('sms', `v${index}`));
  const ask = { type: 'RequestContactVerification', verificationId: 'v', channel: 'email', hasAddress: true } as const;
  const change: AccountEvent = { type: 'ContactsUpdated', phoneChanged: true, emailChanged: true };
  const full = given(created, ...ten, change);
  full.when({ ...ask, now: new Date('2026-11-20T09:59:59.999Z') }).refuses('TOO_MANY_CODES', 'RESOURCE_EXHAUSTED');
  const expireTime = '2026-11-20T10:10:00.000Z';
  full
    .when({ ...ask, now: new Date('2026-11-20T10:00:00.000Z') })
    .decides({ type: 'ContactVerificationRequested', verificationId: 'v', channel: 'email', expireTime });
});

test('an account that meets every prerequisite may apply', () => {
  given(...ready)
    .when(submit)
    .decides(submitted);
});
test('every missing prerequisite is named at once', () => {
  given({ type: 'AccountCreated', companyName: 'Acme' })
    .when({ ...submit, facts: { domains: [], hasPhoneNumber: false, hasEmail: false } })
    .misses('ENTERPRISE_VERIFICATION', 'ICP_NUMBER', 'CONTACT_PHONE', 'CONTACT_EMAIL');
});
test('domains that are not the account’s are named, each', () => {
  const command = { ...submit, domains: ['a.test', 'live.acme.test', 'b.test'] };
  expect(() => account.decide(command, ready.reduce(account.evolve, account.initial))).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      details: { fieldViolations: ['domains[0]', 'domains[2]'].map((field) => expect.objectContaining({ field })) },
    }),
  );
});
test('submitting the same application twice does nothing', () => {
  given(...ready, submitted)
    .when(submit)
    .decides();
});
test('one application is open at a time', () => {
  given(...ready, submitted)
    .when({ ...submit, applicationId: 'a2' })
    .refuses('APPLICATION_OPEN');
});

test('approving gives the entitlement, once', () => {
  const given1 = given(...ready, submitted, approved);
  given(...ready, submitted)
    .when(approve)
    .decides(approved);
  given1.when(approve).decides();
  given1.when({ ...approve, ...ronald }).decides();
  given1.when({ ...submit, applicationId: 'a2' }).refuses('ALREADY_ACTIVATED');
  expect([...ready, submitted, approved].reduce(account.evolve, account.initial).entitledBy).toBe('a1');
});
test('another answer than the one that was given comes too late', () => {
  const decided = given(...ready, submitted, approved);
  decided.when(reject).refuses('APPLICATION_DECIDED', 'ABORTED');
  decided.when({ ...approve, limits: { bandwidthBps: 1, connections: 1 } }).refuses('APPLICATION_DECIDED', 'ABORTED');
});
test('what an application needs must hold until it is approved; it can be rejected all the same', () => {
  const lacking = given(...ready, submitted, revoked, { type: 'ContactsErased' });
  lacking
    .when({ ...approve, facts: { domains: [], hasPhoneNumber: false, hasEmail: false } })
    .misses('ENTERPRISE_VERIFICATION', 'ICP_NUMBER', 'CONTACT_PHONE', 'CONTACT_EMAIL');
  lacking.when(reject).decides({ type: 'ApplicationRejected', applicationId: 'a1', reason: 'no licence' });
  given(...ready, submitted)
    .when({ ...approve, now: new Date('2027-11-20T00:00:00.000Z') })
    .misses('ENTERPRISE_VERIFICATION');
  given(...ready, submitted, { type: 'ContactsUpdated', phoneChanged: false, emailChanged: true })
    .when(approve)
    .misses('CONTACT_EMAIL');
  given(...ready, submitted, approved, revoked)
    .when(approve)
    .decides();
});
test('an approval may grant limits', () => {
  const limits = { bandwidthBps: 10_000_000, connections: 500 };
  given(...ready, submitted)
    .when({ ...approve, limits })
    .decides({ ...approved, limits });
});
test('a rejected application carries its reason and what to mend, and leaves room for another', () => {
  const rejected: AccountEvent = { type: 'ApplicationRejected', applicationId: 'a1', reason: 'no licence' };
  given(...ready, submitted)
    .when(reject)
    .decides(rejected);
  given(...ready, submitted)
    .when({ ...reject, mend: ['name the licence'] })
    .decides({ ...rejected, mend: ['name the licence'] });
  given(...ready, submitted, rejected)
    .when({ ...submit, applicationId: 'a2' })
    .decides({ ...submitted, applicationId: 'a2' });
});
test('a withdrawn application cannot be approved, nor a decided one withdrawn', () => {
  const withdrawn: AccountEvent = { type: 'ApplicationWithdrawn', applicationId: 'a1' };
  given(...ready, submitted)
    .when(withdraw)
    .decides(withdrawn);
  given(...ready, submitted, withdrawn)
    .when(withdraw)
    .decides();
  given(...ready, submitted, withdrawn)
    .when(approve)
    .refuses('APPLICATION_DECIDED', 'ABORTED');
  given(...ready, submitted, approved)
    .when(withdraw)
    .refuses('APPLICATION_DECIDED', 'FAILED_PRECONDITION');
});
test('an unknown application is not found', () => {
  for (const command of [approve, reject, withdraw, claim])
    given(created).when(command).refuses('APPLICATION_NOT_FOUND');
});

test('a claimed application is decided by its claimer alone, until it is released', () => {
  const released: AccountEvent = { type: 'ApplicationReleased', applicationId: 'a1' };
  given(...ready, submitted)
    .when(claim)
    .decides(claimed);
  const held = given(...ready, submitted, claimed);
  held.when(claim).decides();
  held.when({ ...claim, ...ronald }).refuses('APPLICATION_CLAIMED', 'ABORTED');
  held.when({ ...approve, ...ronald }).refuses('APPLICATION_CLAIMED', 'FAILED_PRECONDITION');
  held.when(approve).decides(approved);
  held.when(withdraw).decides({ type: 'ApplicationWithdrawn', applicationId: 'a1' });
  held.when({ type: 'ReleaseApplication', applicationId: 'a1' }).decides(released);
  given(...ready, submitted)
    .when({ type: 'ReleaseApplication', applicationId: 'a1' })
    .decides();
  given(...ready, submitted, claimed, released)
    .when({ ...approve, ...ronald })
    .decides(approved);
});
test('notes may be added to any application', () => {
  const note = { type: 'NoteApplication', applicationId: 'a1', note: 'called them' } as const;
  given(...ready, submitted, approved)
    .when(note)
    .decides({ type: 'ApplicationNoted', applicationId: 'a1', note: 'called them' });
});
test('the desk is reminded once of each, and of nothing that is decided', () => {
  const remind = (kind: 'half_time' | 'overdue') =>
    ({ type: 'RemindOfApplication', applicationId: 'a1', kind }) as const;
  const reminded = (kind: 'half_time' | 'overdue'): AccountEvent => ({
    type: 'ApplicationReminded',
    applicationId: 'a1',
    kind,
    dueTime: application.dueTime,
  });
  const open = [...ready, submitted];
  given(...open)
    .when(remind('half_time'))
    .decides(reminded('half_time'));
  given(...open, reminded('half_time'))
    .when(remind('half_time'))
    .decides();
  given(...open, reminded('half_time'))
    .when(remind('overdue'))
    .decides(reminded('overdue'));
  given(...open, reminded('overdue'))
    .when(remind('overdue'))
    .decides();
  given(...open, reminded('overdue'))
    .when(remind('half_time'))
    .decides();
  given(...open, approved)
    .when(remind('overdue'))
    .decides();
});

test('an entitlement is suspended and given back, each once', () => {
  const suspended: AccountEvent = { type: 'EntitlementSuspended', reason: 'unpaid' };
  const entitled = [...ready, submitted, approved];
  given(...ready)
    .when({ type: 'SuspendEntitlement', reason: 'unpaid' })
    .refuses('NOT_ACTIVATED');
  given(...entitled)
    .when({ type: 'SuspendEntitlement', reason: 'unpaid' })
    .decides(suspended);
  given(...entitled, suspended)
    .when({ type: 'SuspendEntitlement', reason: 'other' })
    .decides();
  given(...entitled, suspended)
    .when({ type: 'ReinstateEntitlement' })
    .decides({ type: 'EntitlementReinstated' });
  given(...entitled)
    .when({ type: 'ReinstateEntitlement' })
    .decides();
});
