import { expect, test } from 'vitest';
import { retryDelayMs } from './deliver.ts';

test('each delay is four times the one before, an hour at most', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => retryDelayMs(attempt, 5_000, 1) / 1000);
  expect(delays).toEqual([5, 20, 80, 320, 1280, 3600, 3600, 3600]);
});

test('chance takes off up to half', () => {
  expect(retryDelayMs(1, 5_000, 0)).toBe(2_500);
});
