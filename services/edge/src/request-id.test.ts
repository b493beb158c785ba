import { expect, test } from 'vitest';
import { requestIdIn } from './request-id.ts';

const field = (value: string) => ({ name: 'X-Request-ID', key: 'x-request-id', value });

test.each(['7', 'req-7f3c:1/a', '!'.repeat(128)])('%s is a request id', (value) => {
  expect(requestIdIn([field(value)])).toBe(value);
});

test.each([
  ['nothing', []],
  ['an empty value', [field('')]],
  ['two of them', [field('a'), field('b')]],
  ['one too long', [field('a'.repeat(129))]],
  ['a control character', [field('a\x1b[2J')]],
  ['a blank', [field('a b')]],
  ['a byte beyond ASCII', [field('\xe9')]],
])('%s is none', (_, fields) => {
  expect(requestIdIn(fields)).toBeUndefined();
});
