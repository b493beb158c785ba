import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

test('after a pause a second’s worth may pass at once, and no more', () => {
  const bucket = new TokenBucket(1_000, 0);
  expect(bucket.level(0)).toBe(1_000);
  bucket.take(1_000, 0);
  expect(bucket.level(0)).toBe(0);
  expect(bucket.level(500)).toBe(500);
  expect(bucket.level(60_000)).toBe(1_000);
});

test('what was passed beyond it is waited for', () => {
  const bucket = new TokenBucket(1_000, 0);
  bucket.take(3_500, 0);
  expect(bucket.wait(0)).toBe(2_500);
  expect(bucket.wait(2_000)).toBe(500);
  expect([bucket.level(2_500), bucket.wait(2_500)]).toEqual([0, 0]);
});

test('another rate holds from then on; a debt stays, and what was saved up is no more than its second', () => {
  const bucket = new TokenBucket(1_000, 0);
  bucket.take(3_000, 0);
  bucket.change(4_000, 1_000);
  expect(bucket.wait(1_000)).toBe(250);
  bucket.change(100, 10_000);
  expect(bucket.level(10_000)).toBe(100);
});

test('whoever takes only what there is, passes the rate and a second’s worth at most, at whatever moments', () => {
  const steps = fc.array(fc.record({ after: fc.nat(3_000), bytes: fc.nat(5_000) }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), steps, (rate, takes) => {
      const bucket = new TokenBucket(rate, 0);
      let now = 0;
      let passed = 0;
      for (const { after, bytes } of takes) {
        now += after;
        if (bucket.level(now) <= 0) continue;
        bucket.take(bytes, now);
        passed += bytes;
        expect(passed).toBeLessThanOrEqual(rate + (now / 1_000) * rate + 5_000 + 1e-6);
      }
    }),
  );
});
