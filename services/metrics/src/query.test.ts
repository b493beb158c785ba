import { DomainError } from '@longwire/contracts';
import { describe, expect, test } from 'vitest';
import { finestInterval, readQuery } from './query.ts';
import type { QueryFields } from './query.ts';

const now = new Date('2026-11-22T10:00:00.250Z');
const unset: QueryFields = { domainNames: [], startTime: undefined, endTime: undefined, interval: undefined };
const epoch = (text: string) => Date.parse(text) / 1_000;

describe('the interval', () => {
  test.each([
    [1, 1],
    [1_000, 1],
    [1_001, 5],
    [5_000, 5],
    [10_000, 10],
    [30_000, 30],
    [60_000, 60],
    [86_400, 300],
    [300_000, 300],
    [3_600_000, 3_600],
    [3_600_001, 86_400],
    [400 * 86_400, 86_400],
  ])('for a range of %i aligned seconds is %i s', (range, interval) => {
    const start = epoch('2026-01-01T00:00:00Z');
    expect(finestInterval(start, start + range)).toBe(interval);
  });

  test('counts the points that a range touches, not its length', () => {
    const start = epoch('2026-01-01T00:00:04Z');
    expect(finestInterval(start, start + 4_996)).toBe(5);
    expect(finestInterval(start, start + 4_997)).toBe(10);
  });
});

describe('a request', () => {
  test('without times is about the last 24 hours', () => {
    const query = readQuery(unset, now);
    expect(query).toEqual({
      domainNames: [],
      start: epoch('2026-11-21T10:00:01Z'),
      end: epoch('2026-11-22T10:00:01Z'),
      interval: 300,
    });
  });

  test('without a start is about the 24 hours before its end', () => {
    const { start, end } = readQuery({ ...unset, endTime: new Date('2026-03-01T00:00:00Z') }, now);
    expect([start, end]).toEqual([epoch('2026-02-28T00:00:00Z'), epoch('2026-03-01T00:00:00Z')]);
  });

  test('is widened to whole seconds', () => {
    const times = { startTime: new Date('2026-03-01T00:00:00.900Z'), endTime: new Date('2026-03-01T00:00:01.100Z') };
    const { start, end } = readQuery({ ...unset, ...times }, now);
    expect([start, end]).toEqual([epoch('2026-03-01T00:00:00Z'), epoch('2026-03-01T00:00:02Z')]);
  });

  test('may ask for more points than it gets by itself, up to 11000', () => {
    const times = { startTime: new Date('2026-03-01T00:00:00Z'), endTime: new Date('2026-03-01T03:03:20Z') };
    expect(readQuery({ ...unset, ...times, interval: seconds(1n) }, now).interval).toBe(1);
  });

  test('may reach back beyond what is kept, and before 1970', () => {
    const times = { startTime: new Date('1969-12-31T00:00:00Z'), endTime: new Date('1970-01-02T00:00:00Z') };
    expect(readQuery({ ...unset, ...times }, now)).toMatchObject({ start: -86_400, end: 86_400 });
  });

  test('takes names as the configuration keeps them', () => {
    const domainNames = ['ws.example.com', '*.example.com', 'xn--bcher-kva.example'];
    expect(readQuery({ ...unset, domainNames }, now).domainNames).toEqual(domainNames);
  });
});

describe('a bad request', () => {
  test.each<[string, Partial<QueryFields>, string[]]>([
    ['an end before the start', { startTime: new Date(2_000), endTime: new Date(1_000) }, ['end_time']],
    ['an end at the start', { startTime: new Date(2_000), endTime: new Date(2_000) }, ['end_time']],
    ['a start in the future and no end', { startTime: new Date('2026-12-01T00:00:00Z') }, ['end_time']],
    ['a time outside of time', { startTime: new Date(Number.NaN) }, ['start_time']],
    ['an end outside of time', { endTime: new Date(Number.NaN) }, ['end_time']],
    [
      'two times outside of time',
      { startTime: new Date(Number.NaN), endTime: new Date(Number.NaN) },
      ['start_time', 'end_time'],
    ],
    ['an end after the year 9999', { endTime: new Date('+010000-01-01T00:00:00Z') }, ['end_time']],
    ['a start before the year 1', { startTime: new Date('0000-12-31T23:59:59Z') }, ['start_time']],
    ['an interval of nothing', { interval: seconds(0n) }, ['interval']],
    ['a negative interval', { interval: seconds(-60n) }, ['interval']],
    ['a fractional interval', { interval: seconds(1n, 500_000_000) }, ['interval']],
    ['a long interval and a nanosecond', { interval: seconds(366n * 86_400n, 1) }, ['interval']],
    [
      'an interval of seconds and nanoseconds of other signs',
      { interval: seconds(601n, -1_000_000_000) },
      ['interval'],
    ],
    ['an interval of centuries', { interval: seconds(2n ** 62n) }, ['interval']],
    ['more than 11000 points', { interval: seconds(1n) }, ['interval']],
    ['a range of centuries', { startTime: new Date('0001-01-01T00:00:00Z') }, ['interval']],
    ['more than 100 names', { domainNames: Array.from({ length: 101 }, (_, i) => `d${i}.example`) }, ['domain_names']],
    ['a name with capitals', { domainNames: ['a.example', 'B.example'] }, ['domain_names[1]']],
  ])('%s', (_, fields, expected) => {
    expect(violations(fields).map(({ field }) => field)).toEqual(expected);
  });

  test.each([
    '',
    'localhost',
    '.example.com',
    'a..example',
    'a.example.',
    '-a.example',
    'a.*.example',
    "a' OR 1",
    'bücher.example',
  ])('the name %j', (name) => expect(violations({ domainNames: [name] })).toHaveLength(1));

  test('names every bad field at once', () => {
    const fields = violations({
      domainNames: ['ok.example', 'not ok', 'x'],
      startTime: new Date(2_000),
      endTime: new Date(1_000),
      interval: seconds(-1n),
    }).map(({ field }) => field);
    expect(fields).toEqual(['domain_names[1]', 'domain_names[2]', 'end_time', 'interval']);
  });
});

function seconds(seconds: bigint, nanos = 0) {
  return { seconds, nanos };
}

function violations(fields: Partial<QueryFields>) {
  try {
    readQuery({ ...unset, ...fields }, now);
  } catch (error) {
    if (error instanceof DomainError) return error.details.fieldViolations ?? [];
    throw error;
  }
  return [];
}
