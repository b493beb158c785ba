import { closeSync, existsSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLog, tail } from './log-file.js';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-log-'));
  file = join(folder, 'logs', 'part.log');
  closeSync(openLog(file));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a log goes on where it was', async () => {
  await writeFile(file, 'before\n');
  append('after\n');
  expect(await readFile(file, 'utf8')).toBe('before\nafter\n');
  expect(existsSync(`${file}.1`)).toBe(false);
});

test('a large log makes way for a new one, and only the last is kept', async () => {
  await writeFile(`${file}.1`, 'oldest\n');
  await writeFile(file, 'x'.repeat(8 * 1024 * 1024));
  append('new\n');
  expect(await readFile(file, 'utf8')).toBe('new\n');
  expect(await readFile(`${file}.1`, 'utf8')).toMatch(/^x+$/);
});

test('its end is read without the rest', async () => {
  await writeFile(file, `${'x'.repeat(100_000)}\none\ntwo\nthree\n`);
  expect(tail(file, 2)).toBe('two\nthree');
});

test('lines in JSON become readable, others stay', async () => {
  const err = { message: 'no such stream', stack: 'Error: no such stream\n    at work' };
  await writeFile(file, `${JSON.stringify({ level: 'fatal', time: 1, msg: 'failed', err })}\nSegmentation fault\n`);
  expect(tail(file, 5)).toBe('fatal  failed  Error: no such stream\n    at work\nSegmentation fault');
});

test('a log that is not there is empty', () => {
  expect(tail(join(folder, 'none.log'), 5)).toBe('');
});

function append(text: string): void {
  const log = openLog(file);
  writeSync(log, text);
  closeSync(log);
}
