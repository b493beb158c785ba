import { expect, test } from 'vitest';
import { accountFilter, requireAccount, seesAccount } from './account-scope.ts';
import type { Caller } from './caller.ts';

const expireTime = new Date();
const customer: Caller = { subject: 'user-ada', roles: ['customer'], account: 'acme', expireTime };
const reviewer: Caller = { subject: 'user-rita', roles: ['reviewer'], expireTime };
const operator: Caller = { subject: 'user-olga', roles: ['operator'], expireTime };
const nobody: Caller = { subject: 'user-x', roles: ['customer'], expireTime };
const denied = expect.objectContaining({ code: 'PERMISSION_DENIED' });

test('a customer sees its own account, reviewers and operators see all', () => {
  expect([customer, reviewer, operator, nobody].map((caller) => seesAccount(caller, 'acme'))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(seesAccount(customer, 'globex')).toBe(false);
});

test('a request that names no account is about the caller’s own', () => {
  expect(requireAccount(customer, '')).toBe('acme');
  expect(() => requireAccount(reviewer, '')).toThrow(denied);
  expect(() => requireAccount(nobody, '')).toThrow(denied);
});

test('a customer is denied another account, whether it exists or not', () => {
  expect(() => requireAccount(customer, 'globex')).toThrow(denied);
  expect(requireAccount(reviewer, 'globex')).toBe('globex');
});

test('a list is limited to the caller’s account; reviewers and operators may have it whole', () => {
  expect(accountFilter(customer, '')).toBe('acme');
  expect(accountFilter(reviewer, '')).toBeUndefined();
  expect(accountFilter(operator, 'globex')).toBe('globex');
  expect(() => accountFilter(customer, 'globex')).toThrow(denied);
});
