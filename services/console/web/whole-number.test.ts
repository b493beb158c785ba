import { expect, test } from 'vitest';
import { wholeBigInt, wholeNumber } from './whole-number.ts';

test('a whole number is read as it is, nothing is 0', () => {
  expect(['', '0', '70000', '007'].map(wholeNumber)).toEqual([0, 0, 70_000, 7]);
  expect(['', '1099511627776'].map(wholeBigInt)).toEqual([0n, 1_099_511_627_776n]);
});

test('what is no whole number becomes one that no field takes', () => {
  for (const text of ['abc', '-1', '1.5', '1e3', '0x10', '١', ' 1'])
    expect([text, wholeNumber(text), wholeBigInt(text)]).toEqual([text, -1, -1n]);
});

test('however much is written, it fits where it is sent', () => {
  const text = '9'.repeat(400);
  expect(wholeNumber(text)).toBe(2 ** 31 - 1);
  expect(wholeBigInt(text) * 1_000_000n).toBeLessThan(2n ** 63n);
});
