import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCountry, isRegistrationNumber } from './registration.ts';

const codes = ['91330100799655058B', '9144030071526726XG', '91110000802100433B'];
const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'.split('');

test.each(codes)('%s is a unified social credit code', (code) => {
  expect(isRegistrationNumber('CN', code)).toBe(true);
});

test('a code with one wrong character is found out', () => {
  const mistake = fc.record({
    code: fc.constantFrom(...codes),
    at: fc.nat(17),
    character: fc.constantFrom(...alphabet),
  });
  fc.assert(
    fc.property(mistake, ({ code, at, character }) => {
      const changed = code.slice(0, at) + character + code.slice(at + 1);
      expect(isRegistrationNumber('CN', changed)).toBe(changed === code);
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test.each([
  '',
  '91330100799655058',
  '91330100799655058b',
  '9133010079965505 8',
  'I1330100799655058B',
  '91330100799655058BB',
])('%j is none', (code) => {
  expect(isRegistrationNumber('CN', code)).toBe(false);
});

test.each([
  ['DE', 'HRB 1234', true],
  ['GB', 'SC123456', true],
  ['FR', '552 100 554', true],
  ['CH', 'CHE-123.456.789', true],
  ['US', 'X', false],
  ['US', ' 12', false],
  ['US', '12\n34', false],
  ['US', '1'.repeat(41), false],
])('in %s the number %j is right: %s', (country, number, isRight) => {
  expect(isRegistrationNumber(country, number)).toBe(isRight);
});

test('countries have codes of two letters', () => {
  expect(['CN', 'DE', 'US'].every(isCountry)).toBe(true);
  expect(['', 'cn', 'XX', 'CHN', 'Germany'].some(isCountry)).toBe(false);
});
