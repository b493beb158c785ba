import { expect, test } from 'vitest';
import { closingLine } from './test.js';

const noTests = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

test('the line has passed and failed', () => {
  expect(closingLine({ ...noTests, numPassedTests: 12, numFailedTests: 2 })).toBe('12 passed, 2 failed');
});

test('skipped and to-do tests are named when there are any', () => {
  expect(closingLine({ ...noTests, numPassedTests: 3, numPendingTests: 1, numTodoTests: 1 })).toBe(
    '3 passed, 0 failed, 2 skipped',
  );
});

test('a file that cannot be loaded counts as a failure, a file with a failed test only once', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{ status: 'failed' }] },
    { status: 'passed', assertionResults: [{ status: 'passed' }] },
  ];
  expect(closingLine({ ...noTests, numPassedTests: 1, numFailedTests: 1, testResults })).toBe('1 passed, 2 failed');
});
