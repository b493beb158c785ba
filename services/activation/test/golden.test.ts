import { join } from 'node:path';
import { readGolden } from '@longwire/testing';
import { expect, test } from 'vitest';
import { account } from '../src/account.ts';
import type { AccountEvent } from '../src/events.ts';
import type { AccountState } from '../src/state.ts';

const histories = readGolden<AccountEvent, AccountState>(join(import.meta.dirname, 'golden'));

// A sample says what was known of an account when it was written; a state has more to it since.
test.for(histories)("today's code folds $name", ({ events, state }) => {
  expect(events.reduce(account.evolve, account.initial)).toMatchObject(state);
});

test('every event type has a sample', () => {
  const types: Record<AccountEvent['type'], true> = {
    AccountCreated: true,
    RegistrationSet: true,
    LanguageSet: true,
    ContactsUpdated: true,
    ContactVerificationRequested: true,
    ContactVerified: true,
    ContactsErased: true,
    EnterpriseVerified: true,
    EnterpriseVerificationRevoked: true,
    ApplicationSubmitted: true,
    ApplicationWithdrawn: true,
    ApplicationClaimed: true,
    ApplicationReleased: true,
    ApplicationNoted: true,
    ApplicationReminded: true,
    ApplicationApproved: true,
    ApplicationRejected: true,
    EntitlementSuspended: true,
    EntitlementReinstated: true,
  };
  const sampled = histories.flatMap(({ events }) => events.map(({ type }) => type));
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
