import { expect, test } from 'vitest';
import { Histogram } from './histogram.ts';

test.each([
  [0, 0],
  [0.128, 0],
  [0.129, 1],
  [0.256, 1],
  [1, 3],
  [33_554, 18],
  [33_555, 19],
  [86_400_000, 19],
])('%d ms are counted in bucket %i', (duration, bucket) => {
  const histogram = new Histogram();
  histogram.add(duration);
  expect(histogram.take()).toEqual([...Array.from({ length: bucket }, () => 0n), 1n]);
});

test('what was taken is not counted again', () => {
  const histogram = new Histogram();
  histogram.add(1);
  histogram.add(1);
  expect(histogram.isEmpty).toBe(false);
  expect(histogram.take()).toEqual([0n, 0n, 0n, 2n]);
  expect([histogram.isEmpty, histogram.take()]).toEqual([true, []]);
});
