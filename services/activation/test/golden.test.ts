import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { account } from '../src/account.ts';
import type { AccountEvent, AccountState } from '../src/account.ts';

/** What stands in the streams of running suites for ever: these files are never changed, only joined by others. */
type Golden = { decisions: { events: AccountEvent[] }[]; state: AccountState };

const histories = globSync(join(import.meta.dirname, 'golden/*.json')).map((file) => {
  const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));
  return { name: basename(file, '.json'), ...golden };
});

test.for(histories)("today's code folds $name", ({ decisions, state }) => {
  const events = decisions.flatMap(({ events }) => events);
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
  const sampled = histories.flatMap(({ decisions }) =>
    decisions.flatMap(({ events }) => events.map(({ type }) => type)),
  );
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
