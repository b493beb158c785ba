import { type ChildProcess, spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tryLock, withLock } from './lock.js';

const lockModule = new URL('lock.js', import.meta.url).href;
const takeLock = `
  const { tryLock } = await import(${JSON.stringify(lockModule)});
  const lock = await tryLock(process.argv[1]);
  console.log(lock.holder ?? 'taken');
  process.stdin.resume();
`;

let folder: string;
let file: string;
let children: ChildProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-lock-'));
  file = join(folder, 'lock');
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(end));
  await rm(folder, { recursive: true, force: true });
});

test('a second process learns who holds the lock', async () => {
  const holder = await taker();
  expect(holder.said).toBe('taken');
  expect(await tryLock(file)).toEqual({ holder: holder.child.pid });
});

test('a released lock can be taken, and leaves no file', async () => {
  const lock = await tryLock(file);
  if (lock.holder !== undefined) throw new Error('held');
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  expect((await taker()).said).toBe('taken');
});

test('the lock of a killed process is taken over', async () => {
  const { child } = await taker();
  await end(child);
  expect(await tryLock(file)).toMatchObject({ holder: undefined });
});

test('the lock of an id that another program has now is taken over', async () => {
  const { child } = await taker();
  const written: Record<string, unknown> = JSON.parse(await readFile(file, 'utf8'));
  expect(written['pid']).toBe(child.pid);
  await writeFile(file, JSON.stringify({ ...written, startedAt: 'earlier' }));
  expect(await tryLock(file)).toMatchObject({ holder: undefined });
});

test('a file that is no lock is taken over', async () => {
  await writeFile(file, 'half a l');
  expect(await tryLock(file)).toMatchObject({ holder: undefined });
});

test('of many processes that find a stale lock at once, one takes it', async () => {
  const { child } = await taker();
  await end(child);
  const said = (await Promise.all(Array.from({ length: 6 }, taker))).map((one) => one.said);
  const winners = said.filter((word) => word === 'taken');
  expect(winners).toHaveLength(1);
  expect(new Set(said).size).toBe(2);
});

test('the lock of a killed process whose successor was killed, too, while it took over, is taken over by one', async () => {
  const { child } = await taker();
  await end(child);
  await rename(file, `${file}.after-${hash('sha1', 'gone').slice(0, 16)}`);
  await writeFile(file, 'gone');
  const said = (await Promise.all(Array.from({ length: 3 }, taker))).map((one) => one.said);
  expect(said.filter((word) => word === 'taken')).toHaveLength(1);
});

test('work under a lock waits for the holder to end', async () => {
  const { child } = await taker();
  const waits: number[] = [];
  const worked = withLock(
    file,
    (holder) => {
      waits.push(holder);
      void end(child);
    },
    async () => 'done',
  );
  expect(await worked).toBe('done');
  expect(waits).toEqual([child.pid]);
  expect(await readdir(folder)).toEqual([]);
});

async function taker(): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', takeLock, file], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  const [said] = await once(createInterface(child.stdout), 'line');
  return { child, said: String(said) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
