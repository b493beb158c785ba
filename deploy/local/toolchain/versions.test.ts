import { expect, test } from 'vitest';
import { isAtLeast } from './versions.js';

test.each([
  ['2.10.25', '2.10.25'],
  ['2.10.27', '2.10.25'],
  ['2.11.0', '2.10.25'],
  ['3.0.0', '2.10.25'],
  ['v2.15.1', '2.10.25'],
  ['2.10.27-1+b2', '2.10.25'],
  ['24.21.0', '24.0.0'],
])('%s is at least %s', (version, least) => {
  expect(isAtLeast(version, least)).toBe(true);
});

test.each([
  ['2.9.10', '2.10.25'],
  ['2.10.9', '2.10.25'],
  ['1.99.99', '2.10.25'],
  ['20.20.2', '24.0.0'],
])('%s is older than %s', (version, least) => {
  expect(isAtLeast(version, least)).toBe(false);
});
