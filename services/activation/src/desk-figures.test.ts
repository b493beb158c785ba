import { expect, test } from 'vitest';
import { deskFigures } from './desk-figures.ts';
import type { AccountEvent } from './events.ts';
import { ReadModel } from './read-model.ts';

const start = Date.parse('2026-11-02T00:00:00.000Z');
const at = (hours: number) => new Date(start + hours * 3_600_000);

/** A model of accounts that applied at the start; each is due after a day, and approved after so many hours, or not yet. */
function answeredAfter(...hours: (number | undefined)[]): ReadModel {
  const model = new ReadModel();
  for (const [index, answered] of hours.entries()) {
    const dueTime = at(24).toISOString();
    const decide = (time: Date, event: AccountEvent) =>
      model.fold({
        subject: `activation.account.a${index}`,
        sequence: 1,
        storedTime: time,
        meta: { commandId: 'c', actor: 'user-rita', time },
        events: [event],
      });
    decide(at(0), { type: 'AccountCreated', companyName: 'Acme' });
    decide(at(0), { type: 'ApplicationSubmitted', applicationId: 'a1', purpose: 'chat', dueTime });
    if (answered !== undefined) decide(at(answered), { type: 'ApplicationApproved', applicationId: 'a1' });
  }
  return model;
}

test('without any application there is nothing to say', () => {
  expect(deskFigures(new ReadModel(), at(0), at(-1))).toEqual({
    pending: 0,
    claimed: 0,
    overdue: 0,
    answered: 0,
    late: 0,
    p50Ms: undefined,
    p95Ms: undefined,
  });
});

test('half of the answers took no longer than the median, 95 of 100 no longer than the other', () => {
  const hours = Array.from({ length: 100 }, (_, index) => index + 1);
  const { answered, late, p50Ms, p95Ms } = deskFigures(answeredAfter(...hours), at(200), at(0));
  expect({ answered, late, p50: p50Ms! / 3_600_000, p95: p95Ms! / 3_600_000 }).toEqual({
    answered: 100,
    late: 76,
    p50: 50,
    p95: 95,
  });
});

test('answers before the days that are asked for do not count', () => {
  const { answered, p50Ms } = deskFigures(answeredAfter(1, 2, 30, 40), at(50), at(10));
  expect({ answered, p50: p50Ms! / 3_600_000 }).toEqual({ answered: 2, p50: 30 });
});

test('what waits longer than its due time is overdue, from the moment after it', () => {
  const model = answeredAfter(undefined, undefined, 5);
  expect(deskFigures(model, at(24), at(0))).toMatchObject({ pending: 2, overdue: 0 });
  expect(deskFigures(model, new Date(at(24).getTime() + 1), at(0))).toMatchObject({ pending: 2, overdue: 2 });
});
