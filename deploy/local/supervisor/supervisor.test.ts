import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { identify } from '../processes.js';
import { Supervisor } from '../supervisor.js';
import type { Part, PartEvent } from './part.js';

const program = fileURLToPath(new URL('part-for-tests.js', import.meta.url));

let dataDir: string;
let journal: string;
let supervisor: Supervisor;
let events: PartEvent[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'longwire-supervisor-'));
  journal = join(dataDir, 'journal');
  await writeFile(journal, '');
  events = [];
});

afterEach(async () => {
  supervisor.killAll();
  await supervisor.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test('parts start after what they need is ready, and stop before it', async () => {
  const parts = [
    part('store', { env: { READY_AFTER_MS: '150' }, port: await freePort() }),
    part('service', { after: ['store'], port: await freePort() }),
    part('page', { after: ['service'], port: await freePort() }),
  ];
  supervise(parts);
  await supervisor.start();
  expect(await journalLines()).toEqual(['start store', 'start service', 'start page']);
  await supervisor.stop();
  expect((await journalLines()).slice(3)).toEqual(['stop page', 'stop service', 'stop store']);
});

test('a part that is killed is started again', async () => {
  supervise([part('a', { port: await freePort() })]);
  await supervisor.start();
  const before = supervisor.pid('a');
  await supervisor.kill('a', 'SIGKILL');
  await supervisor.untilReady('a');
  expect(supervisor.pid('a')).not.toBe(before);
  expect(events.map(({ type }) => type)).toEqual(['ready', 'died', 'ready']);
  expect(events[1]).toMatchObject({ how: 'signal SIGKILL', restartSeconds: 0.2 });
});

test('restarting one part leaves the others alone', async () => {
  supervise([part('a', { port: await freePort() }), part('b', { after: ['a'] })]);
  await supervisor.start();
  const [a, b] = [supervisor.pid('a'), supervisor.pid('b')];
  await supervisor.restart('a');
  expect(supervisor.pid('a')).not.toBe(a);
  expect(supervisor.pid('b')).toBe(b);
});

test('a stopped part stays down until it is started', async () => {
  supervise([part('a', { port: await freePort() })]);
  await supervisor.start();
  await supervisor.stopPart('a');
  expect(supervisor.pid('a')).toBeUndefined();
  await supervisor.startPart('a');
  expect(supervisor.pid('a')).toBeDefined();
});

test('a part that dies again and again fails the start with the end of its log', async () => {
  supervise([part('broken', { env: { EXIT_AFTER_MS: '1' }, port: await freePort() })]);
  await expect(supervisor.start()).rejects.toThrow(
    /broken died 4 times in a row, the last time with exit code 3.*broken gives up/s,
  );
});

test('a program that is not there fails the start with the reason', async () => {
  supervise([{ ...part('absent', {}), command: join(dataDir, 'no-such-program') }]);
  await expect(supervisor.start()).rejects.toThrow(
    /absent died 4 times in a row, the last time with no process .*ENOENT/,
  );
});

test('a part that is not ready in its time fails the start', async () => {
  supervise([part('slow', { env: { READY_AFTER_MS: '5000' }, port: await freePort() })], { startBudgetMs: 2_000 });
  await expect(supervisor.start()).rejects.toThrow(/slow is not ready after 2 s.*hello from slow/s);
});

test('stopping while parts start leaves nothing running', async () => {
  supervise([
    part('slow', { env: { READY_AFTER_MS: '5000' }, port: await freePort() }),
    part('next', { after: ['slow'] }),
  ]);
  const started = supervisor.start();
  const pid = await vi.waitUntil(() => supervisor.pid('slow'));
  const [stopped] = await Promise.allSettled([started, supervisor.stop()]);
  expect(stopped.status).toBe('rejected');
  expect(identify(pid)).toBeUndefined();
  expect(await journalLines()).not.toContain('start next');
});

test('a part that does not stop is killed when its time is over', async () => {
  supervise([part('stubborn', { env: { STUBBORN: 'yes' }, port: await freePort() })], { graceMs: 0 });
  await supervisor.start();
  const pid = supervisor.pid('stubborn') ?? 0;
  await supervisor.stop();
  expect(identify(pid)).toBeUndefined();
  expect(events.at(-1)).toMatchObject({ type: 'killed', afterSeconds: 2 });
});

test('killing all ends a stop that is under way', async () => {
  supervise([part('stubborn', { env: { STUBBORN: 'yes' }, port: await freePort() })]);
  await supervisor.start();
  const stopped = supervisor.stop();
  supervisor.killAll();
  await stopped;
  expect(events.map(({ type }) => type)).toEqual(['ready']);
});

test('what a part has started ends with it', async () => {
  supervise([part('parent', { env: { CHILD: 'yes' }, port: await freePort() })]);
  await supervisor.start();
  const child = Number((await journalLines()).find((line) => line.startsWith('child'))?.split(' ')[1]);
  expect(identify(child)).toBeDefined();
  await supervisor.kill('parent', 'SIGKILL');
  await vi.waitUntil(() => identify(child) === undefined);
});

test('a part that speaks is heard, and may end by itself', async () => {
  const command = { command: process.execPath, args: ['-e', 'console.log("one"); console.log("two")'], ipc: false };
  supervise([{ ...part('demo', {}), ...command, speaks: true }]);
  await supervisor.start();
  await vi.waitUntil(() => supervisor.pid('demo') === undefined);
  expect(events.flatMap((event) => (event.type === 'said' ? [event.line] : []))).toEqual(['one', 'two']);
  expect(await supervisor.log('demo')).toBe('one\ntwo\n');
});

test('a killed launcher takes its parts with it, those without a channel to it as well', async () => {
  const parts = [part('a', { port: await freePort() }), { ...part('b', { port: await freePort() }), ipc: false }];
  const script = `
    const { Supervisor } = await import(${JSON.stringify(new URL('../supervisor.js', import.meta.url).href)});
    const supervisor = new Supervisor(${JSON.stringify(parts)}, { dataDir: ${JSON.stringify(dataDir)} });
    await supervisor.start();
    console.log(JSON.stringify([supervisor.pid('a'), supervisor.pid('b')]));`;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(launcher.stdout), 'line');
  const pids: number[] = JSON.parse(String(line));
  expect(pids.map((pid) => identify(pid)?.pid)).toEqual(pids);
  launcher.kill('SIGKILL');
  await vi.waitUntil(() => pids.every((pid) => identify(pid) === undefined), { timeout: 5_000 });
  supervise([]);
});

test('what a killed launcher left is ended at the next start, and only that', async () => {
  const left = spawn(process.execPath, [program], { env: { NAME: 'left' }, stdio: 'ignore', detached: true });
  const other = spawn(process.execPath, [program], { env: { NAME: 'other' }, stdio: 'ignore', detached: true });
  const exited = once(left, 'exit');
  try {
    await Promise.all([once(left, 'spawn'), once(other, 'spawn')]);
    const reused = { ...identify(other.pid ?? 0), startedAt: 'before the id was given to another process' };
    await writeFile(join(dataDir, 'processes.json'), JSON.stringify({ left: identify(left.pid ?? 0), other: reused }));
    supervise([]);
    expect(await supervisor.endOrphans()).toEqual(['left']);
    await exited;
    expect(identify(other.pid ?? 0)).toBeDefined();
  } finally {
    left.kill('SIGKILL');
    other.kill('SIGKILL');
  }
});

test('a part that needs an unknown one is refused', () => {
  expect(() => supervise([part('a', { after: ['nobody'] })])).toThrow('no part is named nobody');
  supervise([]);
});

function supervise(parts: Part[], options: { startBudgetMs?: number; graceMs?: number } = {}): void {
  supervisor = new Supervisor(parts, { dataDir, report: (event) => events.push(event), ...options });
}

function part(
  name: string,
  { env = {}, after = [], port }: { env?: Record<string, string>; after?: string[]; port?: number },
): Part {
  return {
    name,
    what: 'a part',
    command: process.execPath,
    args: [program],
    env: { NAME: name, JOURNAL: journal, ...(port !== undefined && { PORT: `${port}` }), ...env },
    after,
    ...(port !== undefined && { ready: `http://127.0.0.1:${port}/readyz` }),
  };
}

async function journalLines(): Promise<string[]> {
  return (await readFile(journal, 'utf8')).trim().split('\n');
}
