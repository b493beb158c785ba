import { expect, test } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

const now = Date.parse('2026-11-25T08:00:00Z');

test.for([
  { header: '120', waitMs: 120_000 },
  { header: '0', waitMs: 0 },
  { header: '86400', waitMs: 3_600_000 },
  { header: '9'.repeat(400), waitMs: 3_600_000 },
  { header: 'Wed, 25 Nov 2026 08:05:00 GMT', waitMs: 300_000 },
  { header: 'Wednesday, 25-Nov-26 08:05:00 GMT', waitMs: 300_000 },
  { header: 'Wed Nov 25 08:05:00 2026', waitMs: 300_000 },
  { header: 'Wed, 25 Nov 2026 07:00:00 GMT', waitMs: 0 },
  { header: 'Thu, 26 Nov 2026 08:00:00 GMT', waitMs: 3_600_000 },
  { header: '-5', waitMs: undefined },
  { header: '1.5', waitMs: undefined },
  { header: '2026', waitMs: 2_026_000 },
  { header: 'Soon, 1', waitMs: undefined },
  { header: 'soon', waitMs: undefined },
  { header: '', waitMs: undefined },
  { header: null, waitMs: undefined },
])('the header $header asks for $waitMs ms', ({ header, waitMs }) => {
  expect(retryAfterMs(429, header, now)).toBe(waitMs);
  expect(retryAfterMs(503, header, now)).toBe(waitMs);
});

test('what another answer asks for is not taken', () => {
  expect(retryAfterMs(500, '120', now)).toBeUndefined();
  expect(retryAfterMs(401, '120', now)).toBeUndefined();
});
