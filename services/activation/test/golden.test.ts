import { join } from 'node:path';
import { readGolden } from '@longwire/testing';
import { expect, test } from 'vitest';
import { account } from '../src/account.ts';
import type { AccountEvent, AccountState } from '../src/account.ts';

const histories = readGolden<AccountEvent, AccountState>(join(import.meta.dirname, 'golden'));

test.for(histories)("today's code folds $name", ({ events, state }) => {
  expect(events.reduce(account.evolve, account.initial)).toEqual(state);
});

test('every event type has a sample', () => {
  const types: Record<AccountEvent['type'], true> = {
    AccountCreated: true,
    ContactsUpdated: true,
    EnterpriseVerified: true,
    ApplicationSubmitted: true,
    ApplicationWithdrawn: true,
    ApplicationApproved: true,
    ApplicationRejected: true,
  };
  const sampled = histories.flatMap(({ events }) => events.map(({ type }) => type));
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
