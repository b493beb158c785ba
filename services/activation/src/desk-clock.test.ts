import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Calendar, dayAfter, readCalendar } from './calendar.ts';
import { DeskClock } from './desk-clock.ts';
import { TimeZone } from './time-zone.ts';

const china = new DeskClock(readCalendar('china'), new TimeZone('Asia/Shanghai'));
const berlin = new DeskClock(readCalendar('weekdays'), new TimeZone('Europe/Berlin'));

test.each([
  ['Wednesday to Thursday, the same time', '2026-11-18T15:30:00+08:00', '2026-11-19T15:30:00+08:00'],
  ['Friday to Monday', '2026-11-20T09:00:00+08:00', '2026-11-23T09:00:00+08:00'],
  ['Saturday counts from the start of Monday', '2026-11-21T12:00:00+08:00', '2026-11-24T00:00:00+08:00'],
  ['Sunday night as well', '2026-11-22T23:59:59+08:00', '2026-11-24T00:00:00+08:00'],
  ['the day is that of the desk, not of UTC', '2026-11-19T17:00:00Z', '2026-11-22T17:00:00Z'],
  [
    'over the Spring Festival, whose Saturday before is worked',
    '2026-02-14T10:00:00+08:00',
    '2026-02-24T10:00:00+08:00',
  ],
  ['into a worked Saturday', '2026-02-27T10:00:00+08:00', '2026-02-28T10:00:00+08:00'],
  ['over the National Day', '2026-09-30T18:00:00+08:00', '2026-10-08T18:00:00+08:00'],
  ['from a holiday', '2026-05-01T10:00:00+08:00', '2026-05-07T00:00:00+08:00'],
])('an answer is due within one business day in China: %s', (_, submitted, due) => {
  expect(china.dueTime(new Date(submitted))).toEqual(new Date(due));
});

test('a change of clocks between keeps the time of day', () => {
  expect(berlin.dueTime(new Date('2026-10-23T10:00:00+02:00'))).toEqual(new Date('2026-10-26T10:00:00+01:00'));
});

test.each([
  ['within a day', '2026-11-18T08:00:00+08:00', '2026-11-19T08:00:00+08:00', '2026-11-18T20:00:00+08:00'],
  ['a weekend has no time', '2026-11-20T16:00:00+08:00', '2026-11-23T16:00:00+08:00', '2026-11-23T04:00:00+08:00'],
  ['of what came in on one', '2026-11-21T12:00:00+08:00', '2026-11-24T00:00:00+08:00', '2026-11-23T12:00:00+08:00'],
])('half of the time is half of the working time: %s', (_, submitted, due, half) => {
  expect(china.halfTime(new Date(submitted), new Date(due))).toEqual(new Date(half));
});

test('what the calendar does not cover is said, and has weekends', () => {
  expect(china.covers(new Date('2026-12-31T23:00:00+08:00'))).toBe(true);
  expect(china.covers(new Date('2027-01-01T00:00:00+08:00'))).toBe(false);
  expect(berlin.covers(new Date('2150-01-01T00:00:00Z'))).toBe(true);
  expect(china.dueTime(new Date('2027-02-05T10:00:00+08:00'))).toEqual(new Date('2027-02-08T10:00:00+08:00'));
});

// Zones that change their clocks on days of every kind, at midnight, by half an hour, and not at all.
const zones = ['Asia/Shanghai', 'UTC', 'Europe/Berlin', 'America/New_York', 'Africa/Cairo', 'Australia/Lord_Howe'];
const calendars = [
  readCalendar('china'),
  readCalendar('weekdays'),
  new Calendar({ name: 'every day', weekend: [] }),
  new Calendar({ name: 'Sunday to Thursday', weekend: [5, 6] }),
];
const desk = fc.record({ calendar: fc.constantFrom(...calendars), zone: fc.constantFrom(...zones) });
// The days around changes of clocks as often as all others: the hour is what may go wrong.
const moment = fc.oneof(
  fc.date({ min: new Date('2025-12-20T00:00:00Z'), max: new Date('2028-01-10T00:00:00Z'), noInvalidDate: true }),
  fc
    .tuple(
      fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-04-24', '2026-10-04', '2026-10-25', '2026-10-30'),
      fc.integer({ min: -72 * 60, max: 48 * 60 }),
    )
    .map(([day, minutes]) => new Date(Date.parse(day) + minutes * 60_000)),
);
const law = (predicate: (one: DeskClock, calendar: Calendar, zone: TimeZone, time: Date) => void) =>
  fc.assert(
    fc.property(desk, moment, ({ calendar, zone }, time) => {
      const timeZone = new TimeZone(zone);
      predicate(new DeskClock(calendar, timeZone), calendar, timeZone, time);
    }),
    { numRuns: 300, seed: 20261120 },
  );

test('an answer is due on a working day, and later than the submission', () => {
  law((clock, calendar, zone, time) => {
    const due = clock.dueTime(time);
    expect(calendar.isWorkingDay(zone.dayOf(due))).toBe(true);
    expect(due.getTime()).toBeGreaterThan(time.getTime());
  });
});

test('exactly one working day begins between a submission on a working day and its due time, two after a day off', () => {
  law((clock, calendar, zone, time) => {
    const [first, last] = [zone.dayOf(time), zone.dayOf(clock.dueTime(time))];
    let begun = 0;
    for (let day = first; day !== last;) if (calendar.isWorkingDay((day = dayAfter(day)))) begun++;
    expect(begun).toBe(calendar.isWorkingDay(first) ? 1 : 2);
  });
});

test('who comes later is never due earlier', () => {
  fc.assert(
    fc.property(desk, moment, fc.integer({ min: 1, max: 3 * 86_400_000 }), ({ calendar, zone }, time, gap) => {
      const clock = new DeskClock(calendar, new TimeZone(zone));
      const [due, next] = [clock.dueTime(time), clock.dueTime(new Date(time.getTime() + gap))];
      expect(next.getTime()).toBeGreaterThanOrEqual(due.getTime());
    }),
    { numRuns: 300, seed: 20261121 },
  );
});

test('half of the time lies between, in working time', () => {
  law((clock, calendar, zone, time) => {
    const due = clock.dueTime(time);
    const half = clock.halfTime(time, due);
    expect(calendar.isWorkingDay(zone.dayOf(half))).toBe(true);
    expect([time.getTime(), half.getTime(), due.getTime()].toSorted((a, b) => a - b)[1]).toBe(half.getTime());
  });
});

test('a calendar that cannot be one is refused with its reasons', () => {
  expect(() => readCalendar('mars')).toThrow('must be china, weekdays');
  expect(() => readCalendar('/nowhere/mine.json')).toThrow('can be read');
  expect(() => new Calendar({ name: 'none', weekend: [0, 1, 2, 3, 4, 5, 6] })).toThrow('must leave a day to work');
  expect(
    () => new Calendar({ name: 'out', from: '2026-01-01', to: '2026-12-31', weekend: [], daysOff: ['2027-01-01'] }),
  ).toThrow('within');
});
