import { DomainError } from '@longwire/contracts';
import { expect, test } from 'vitest';
import { account } from './account.ts';
import type { AccountCommand, AccountEvent } from './account.ts';

const created: AccountEvent = { type: 'AccountCreated', companyName: 'Acme' };
const verified: AccountEvent = { type: 'EnterpriseVerified' };
const submitted: AccountEvent = {
  type: 'ApplicationSubmitted',
  applicationId: 'a1',
  purpose: 'chat',
  dueTime: '2026-11-23T09:00:00.000Z',
};
const submit: AccountCommand = {
  type: 'SubmitApplication',
  applicationId: 'a1',
  purpose: 'chat',
  dueTime: '2026-11-23T09:00:00.000Z',
  facts: { domainWithIcpNumber: true, reachableBySms: true, reachableByEmail: true },
};
const approve: AccountCommand = { type: 'ApproveApplication', applicationId: 'a1' };
const reject: AccountCommand = { type: 'RejectApplication', applicationId: 'a1', reason: 'no licence' };
const withdraw: AccountCommand = { type: 'WithdrawApplication', applicationId: 'a1' };

function given(...events: AccountEvent[]) {
  const state = events.reduce(account.evolve, account.initial);
  return {
    when: (command: AccountCommand) => ({
      decides: (...expected: AccountEvent[]) => expect(account.decide(command, state)).toEqual(expected),
      refuses: (reason: string) => {
        const decide = () => account.decide(command, state);
        expect(decide).toThrow(DomainError);
        expect(decide).toThrow(expect.objectContaining({ reason }));
      },
    }),
  };
}

test('creating an account records its company', () => {
  given().when({ type: 'CreateAccount', companyName: 'Acme' }).decides(created);
});
test('an account id is taken once', () => {
  given(created).when({ type: 'CreateAccount', companyName: 'Other' }).refuses('ACCOUNT_EXISTS');
});
test('nothing happens to an account that does not exist', () => {
  given().when({ type: 'VerifyEnterprise' }).refuses('ACCOUNT_NOT_FOUND');
});
test('verifying an enterprise twice does nothing', () => {
  given(created).when({ type: 'VerifyEnterprise' }).decides(verified);
  given(created, verified).when({ type: 'VerifyEnterprise' }).decides();
});
test('contacts may change at any time', () => {
  given(created).when({ type: 'UpdateContacts' }).decides({ type: 'ContactsUpdated' });
});
test('an account that meets every prerequisite may apply', () => {
  given(created, verified).when(submit).decides(submitted);
});
test('every missing prerequisite is named at once', () => {
  const facts = { domainWithIcpNumber: false, reachableBySms: false, reachableByEmail: false };
  const types = ['ENTERPRISE_VERIFICATION', 'ICP_NUMBER', 'CONTACT_PHONE', 'CONTACT_EMAIL'];
  expect(() => account.decide({ ...submit, facts }, account.evolve(account.initial, created))).toThrow(
    expect.objectContaining({
      details: { preconditions: types.map((type) => expect.objectContaining({ type })) },
    }),
  );
});
test('submitting the same application twice does nothing', () => {
  given(created, verified, submitted).when(submit).decides();
});
test('one application is open at a time', () => {
  given(created, verified, submitted)
    .when({ ...submit, applicationId: 'a2' })
    .refuses('APPLICATION_OPEN');
});
test('approving gives the entitlement, once', () => {
  const approved: AccountEvent = { type: 'ApplicationApproved', applicationId: 'a1' };
  given(created, verified, submitted).when(approve).decides(approved);
  given(created, verified, submitted, approved).when(approve).decides();
  given(created, verified, submitted, approved).when(reject).refuses('APPLICATION_DECIDED');
  given(created, verified, submitted, approved)
    .when({ ...submit, applicationId: 'a2' })
    .refuses('ALREADY_ACTIVATED');
  expect([created, verified, submitted, approved].reduce(account.evolve, account.initial).entitledBy).toBe('a1');
});
test('a rejected application carries its reason, and leaves room for another', () => {
  const rejected: AccountEvent = { type: 'ApplicationRejected', applicationId: 'a1', reason: 'no licence' };
  given(created, verified, submitted).when(reject).decides(rejected);
  given(created, verified, submitted, rejected)
    .when({ ...submit, applicationId: 'a2' })
    .decides({ ...submitted, applicationId: 'a2' });
});
test('a withdrawn application cannot be approved', () => {
  const withdrawn: AccountEvent = { type: 'ApplicationWithdrawn', applicationId: 'a1' };
  given(created, verified, submitted).when(withdraw).decides(withdrawn);
  given(created, verified, submitted, withdrawn).when(approve).refuses('APPLICATION_DECIDED');
});
test('an unknown application is not found', () => {
  given(created).when(approve).refuses('APPLICATION_NOT_FOUND');
});
