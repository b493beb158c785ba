import { expect, test } from 'vitest';
import { oneBusinessDayAfter } from './business-day.ts';

test.each([
  ['Wednesday to Thursday, the same time', '2026-11-18T15:30:00+08:00', '2026-11-19T15:30:00+08:00'],
  ['Friday to Monday', '2026-11-20T09:00:00+08:00', '2026-11-23T09:00:00+08:00'],
  ['Saturday counts from the start of Monday', '2026-11-21T12:00:00+08:00', '2026-11-24T00:00:00+08:00'],
  ['Sunday night as well', '2026-11-22T23:59:59+08:00', '2026-11-24T00:00:00+08:00'],
  ['the day is that of the desk, not of UTC', '2026-11-19T17:00:00Z', '2026-11-22T17:00:00Z'],
])('an answer is due within one business day: %s', (_, submitted, due) => {
  expect(oneBusinessDayAfter(new Date(submitted), 'Asia/Shanghai')).toEqual(new Date(due));
});

test('a change of clocks between keeps the time of day', () => {
  const friday = new Date('2026-10-23T10:00:00+02:00');
  expect(oneBusinessDayAfter(friday, 'Europe/Berlin')).toEqual(new Date('2026-10-26T10:00:00+01:00'));
});
