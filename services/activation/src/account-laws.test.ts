import { DomainError } from '@longwire/contracts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { account } from './account.ts';
import type { AccountCommand } from './account.ts';
import type { AccountEvent } from './events.ts';
import { ReadModel } from './read-model.ts';
import type { AccountState } from './state.ts';

const ids = fc.constantFrom('a1', 'a2', 'a3');
const reviewers = fc.constantFrom('rita', 'ronald');
const words = fc.constantFrom('one', 'two');
const moments = fc.date({
  min: new Date('2026-11-20T00:00:00Z'),
  max: new Date('2026-11-23T00:00:00Z'),
  noInvalidDate: true,
});
const isos = moments.map((time) => time.toISOString());
const limits = fc.record({ bandwidthBps: fc.nat(), connections: fc.nat() });
const of = <Type extends AccountCommand['type']>(type: Type) => ({ type: fc.constant(type) });
const met = { domains: [{ name: 'live.test', hasIcpNumber: true }], hasPhoneNumber: true, hasEmail: true };
const facts = fc.constantFrom(met, met, met, { domains: [], hasPhoneNumber: true, hasEmail: false });

/** A history that leads to an account whose prerequisites are met, so that what comes after has something to do. */
const ready: AccountEvent[] = [
  { type: 'AccountCreated', companyName: 'Acme', country: 'CN', registrationNumber: '91330100799655058B' },
  { type: 'EnterpriseVerified', evidence: 'file', expireTime: '2030-01-01T00:00:00.000Z' },
  { type: 'ContactVerificationRequested', verificationId: 's', channel: 'sms', expireTime: '2026-11-20T00:10:00.000Z' },
  { type: 'ContactVerified', verificationId: 's', channel: 'sms' },
  {
    type: 'ContactVerificationRequested',
    verificationId: 'e',
    channel: 'email',
    expireTime: '2026-11-20T00:10:00.000Z',
  },
  { type: 'ContactVerified', verificationId: 'e', channel: 'email' },
];
const seenWhenReady = ready.reduce(account.evolve, account.initial).checks;

/** One of each command, more of those on which others wait. */
const command: fc.Arbitrary<AccountCommand> = fc.oneof(
  fc.record({ ...of('CreateAccount'), companyName: words }),
  fc.record({ ...of('SetRegistration'), country: fc.constantFrom('CN', 'DE'), registrationNumber: words }),
  fc.record({ ...of('SetLanguage'), language: fc.constantFrom('zh-CN', 'en') }),
  fc.record({
    ...of('UpdateContacts'),
    phoneChanged: fc.boolean(),
    emailChanged: fc.boolean(),
    seen: fc.constantFrom({}, seenWhenReady),
  }),
  fc.record({ ...of('EraseContacts') }),
  fc.record({
    ...of('RequestContactVerification'),
    verificationId: words,
    channel: fc.constantFrom('sms', 'email'),
    hasAddress: fc.boolean(),
    now: moments,
  }),
  fc.record({ ...of('ConfirmContactVerification'), verificationId: words, now: moments }),
  fc.record({ ...of('VerifyEnterprise'), evidence: words, expireTime: isos }),
  fc.record({ ...of('RevokeEnterpriseVerification'), reason: words }),
  {
    weight: 12,
    arbitrary: fc.record({
      ...of('SubmitApplication'),
      applicationId: ids,
      purpose: words,
      dueTime: isos,
      domains: fc.constant<string[]>([]),
      peakBandwidthBps: fc.nat(),
      peakConnections: fc.nat(),
      facts,
      now: moments,
    }),
  },
  fc.record({ ...of('WithdrawApplication'), applicationId: ids }),
  fc.record({ ...of('ClaimApplication'), applicationId: ids, reviewer: reviewers }),
  fc.record({ ...of('ReleaseApplication'), applicationId: ids }),
  fc.record({ ...of('NoteApplication'), applicationId: ids, note: words }),
  fc.record({ ...of('RemindOfApplication'), applicationId: ids, kind: fc.constantFrom('half_time', 'overdue') }),
  fc.record(
    { ...of('ApproveApplication'), applicationId: ids, reviewer: reviewers, limits, facts, now: moments },
    { requiredKeys: ['type', 'applicationId', 'reviewer', 'facts', 'now'] },
  ),
  fc.record({ ...of('RejectApplication'), applicationId: ids, reviewer: reviewers, reason: words }),
  fc.record({ ...of('SuspendEntitlement'), reason: words }),
  fc.record({ ...of('ReinstateEntitlement') }),
);

const beginnings = fc.constantFrom<AccountEvent[]>([], ready);

/** Carries commands out one after another; refused ones change nothing. */
function carryOut(beginning: AccountEvent[], commands: AccountCommand[]) {
  const log: AccountEvent[] = [...beginning];
  let state = log.reduce(account.evolve, account.initial);
  for (const each of commands) {
    const events = decided(each, state);
    log.push(...events);
    state = events.reduce(account.evolve, state);
    requireLaws(each, events, state);
  }
  return log;
}

function decided(each: AccountCommand, state: AccountState): AccountEvent[] {
  const before = structuredClone(state);
  try {
    return account.decide(each, state);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    return [];
  } finally {
    expect(state).toEqual(before);
  }
}

function requireLaws(each: AccountCommand, events: AccountEvent[], state: AccountState): void {
  const pending = Object.entries(state.applications).filter(([, application]) => application === 'pending');
  expect(pending.map(([id]) => id)).toEqual(state.open ? [state.open.applicationId] : []);
  if (events.some(({ type }) => type === 'ApplicationApproved')) expect(state.verified).toBe(true);
  if (state.entitledBy !== undefined) expect(state.applications[state.entitledBy]).toBe('approved');
  if (state.suspendReason !== undefined) expect(state.entitledBy).toBeDefined();
  expect(Object.values(state.applications).filter((application) => application === 'approved').length).toBeLessThan(2);
  for (const [id, application] of Object.entries(state.applications))
    expect(id in state.answers).toBe(application === 'approved' || application === 'rejected');
  // A repeated command decides nothing; what may be said twice has its request's id for that.
  const maySayTwice = ['UpdateContacts', 'NoteApplication'].includes(each.type);
  if (events.length > 0 && !maySayTwice) expect(decidesAgain(each, state)).toEqual([]);
}

/** Creating again is refused: the account may be somebody else's. */
function decidesAgain(each: AccountCommand, state: AccountState): AccountEvent[] {
  if (each.type !== 'CreateAccount') return account.decide(each, state);
  expect(() => account.decide(each, state)).toThrow(DomainError);
  return [];
}

test('any commands in any order keep the laws of an account', () => {
  const reached = new Set<AccountEvent['type']>();
  fc.assert(
    fc.property(beginnings, fc.array(command, { maxLength: 60, size: 'max' }), (beginning, commands) => {
      for (const { type } of carryOut(beginning, commands)) reached.add(type);
    }),
    { numRuns: 400, seed: 20261120 },
  );
  expect(reached.size).toBe(19); // the commands have led to every event that there is
});

test('any beginning of a log folds', () => {
  fc.assert(
    fc.property(beginnings, fc.array(command, { maxLength: 40 }), (beginning, commands) => {
      const log = carryOut(beginning, commands);
      for (let length = 0; length <= log.length; length++) {
        const state = log.slice(0, length).reduce(account.evolve, account.initial);
        expect(state.created).toBe(length > 0);
      }
    }),
    { numRuns: 100, seed: 20261121 },
  );
});

test('what is read of any beginning of a log is what the account says of itself', () => {
  fc.assert(
    fc.property(beginnings, fc.array(command, { maxLength: 40, size: 'max' }), (beginning, commands) => {
      const model = new ReadModel();
      for (const [index, event] of carryOut(beginning, commands).entries()) {
        const meta = { commandId: `c${index}`, actor: 'someone', time: new Date(index) };
        const { state } = model.fold({
          subject: 'activation.account.acme',
          sequence: index + 1,
          storedTime: meta.time,
          meta,
          events: [event],
        });
        const states = model.applications.map(({ applicationId, state }) => [applicationId, state]);
        expect(Object.fromEntries(states)).toEqual(state.applications);
        expect([...model.pending].map(({ applicationId }) => applicationId)).toEqual(
          state.open ? [state.open.applicationId] : [],
        );
        expect(model.answered.map(({ applicationId }) => applicationId)).toEqual(Object.keys(state.answers));
      }
    }),
    { numRuns: 100, seed: 20261122 },
  );
});
