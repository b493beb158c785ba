import { expect, test } from 'vitest';
import { parseQuietHours, quietForMs } from './quiet-hours.ts';

const night = { ...parseQuietHours('22:00-08:00'), timeZone: 'Asia/Shanghai' };
const hour = 3_600_000;

test.for([
  { time: '2026-11-25T13:59:59Z', local: '21:59:59', waitMs: 0 },
  { time: '2026-11-25T14:00:00Z', local: '22:00', waitMs: 10 * hour },
  { time: '2026-11-25T16:30:30Z', local: '00:30:30 of the next day', waitMs: 7.5 * hour - 30_000 },
  { time: '2026-11-25T23:59:59Z', local: '07:59:59', waitMs: 1_000 },
  { time: '2026-11-26T00:00:00Z', local: '08:00', waitMs: 0 },
])('at $local an SMS that can wait waits $waitMs ms', ({ time, waitMs }) => {
  expect(quietForMs(night, new Date(time))).toBe(waitMs);
});

test('quiet hours may lie within one day', () => {
  const noon = { ...parseQuietHours('12:00-13:30'), timeZone: 'UTC' };
  expect(quietForMs(noon, new Date('2026-11-25T13:00:00Z'))).toBe(hour / 2);
  expect(quietForMs(noon, new Date('2026-11-25T11:00:00Z'))).toBe(0);
});

test.for(['22-8', '24:00-08:00', '22:00-08:60', '08:00-08:00', '22:00'])('%s are no quiet hours', (text) => {
  expect(() => parseQuietHours(text)).toThrow('must be hours such as 22:00-08:00');
});
