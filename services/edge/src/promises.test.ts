import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const lines = readFileSync(join(import.meta.dirname, '../PROMISES.md'), 'utf8').split('\n');

/** The promises by number, each with the tests that it names, as `file: name`. */
function promises(): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const line of lines) {
    const [, number] = /^(\d+)\. /.exec(line) ?? [];
    if (number !== undefined) found.set(Number(number), []);
    const [, test] = /^ +- (.+)$/.exec(line) ?? [];
    if (test !== undefined) [...found.values()].at(-1)?.push(test);
  }
  return found;
}

test('every promise is there, in order, and names a test that keeps it', () => {
  const all = promises();
  expect([...all.keys()]).toEqual(Array.from({ length: 61 }, (_, index) => index + 1));
  expect([...all].filter(([, tests]) => tests.length === 0)).toEqual([]);
});

test('every test that a promise names is in the file that it names', () => {
  const missing = [...promises().values()].flat().filter((each) => {
    const [, file = '', name = ''] = /^(\S+\.test\.ts): (.+)$/.exec(each) ?? [];
    const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``];
    const source = file === '' ? '' : readFileSync(join(root, file), 'utf8');
    return !quoted.some((text) => source.includes(text));
  });
  expect(missing).toEqual([]);
});
