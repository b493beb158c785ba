import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';

const children: ChildProcess[] = [];

afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

/** A small service in a process of its own: serves its admin interface, and writes `stopped in order` when disposed. */
function startProcess(env: Record<string, string> = {}) {
  const child = fork(new URL('small-service.ts', import.meta.url), {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (text) => (output += text));
  child.stderr?.on('data', (text) => (output += text));
  const exited = once(child, 'exit').then(([code]) => ({ code: Number(code), output }));
  const line = async (part: string) => {
    while (!output.includes(part)) await Promise.race([once(child.stdout!, 'data'), exited]);
    return output;
  };
  return { child, exited, line };
}

const complete = { ADMIN_LISTEN: '127.0.0.1:0', NATS_URL: 'nats://unused:4222' };

test('SIGTERM stops a service in order, and it ends with 0', async () => {
  const { child, exited, line } = startProcess(complete);
  await line('started');
  child.kill('SIGTERM');
  const { code, output } = await exited;
  expect(output).toContain('stopped in order');
  expect(code).toBe(0);
});

test('a service that still waits for another one to start ends at once when asked to stop', async () => {
  const { child, exited, line } = startProcess({ ...complete, WAIT: '1' });
  await line('admin interface is there');
  child.kill('SIGTERM');
  const { code, output } = await exited;
  expect(output).not.toContain('started');
  expect(code).toBe(0);
});

test('a second SIGTERM ends it now', async () => {
  const { child, exited, line } = startProcess({ ...complete, SLOW: '1' });
  await line('started');
  child.kill('SIGTERM');
  await line('stopping');
  child.kill('SIGTERM');
  expect((await exited).code).toBe(1);
});

test('the end of the parent stops it as a signal does', async () => {
  const { child, exited, line } = startProcess(complete);
  await line('started');
  child.disconnect();
  const { code, output } = await exited;
  expect(output).toContain('stopped in order');
  expect(code).toBe(0);
});

test('a part that fails ends the process with 1, for whoever restarts it', async () => {
  const { exited } = startProcess({ ...complete, FAIL: '1' });
  const { code, output } = await exited;
  expect(output).toContain('a part has failed');
  expect(code).toBe(1);
});

test('a bad environment is explained variable by variable, and ends with 2', async () => {
  const { exited } = startProcess({ ADMIN_LISTEN: 'x' });
  const { code, output } = await exited;
  expect(output).toMatch(/NATS_URL: is not set\n  ADMIN_LISTEN: must be host:port/);
  expect(code).toBe(2);
});
