import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parseStartFlags } from './cli.js';

const launcher = fileURLToPath(new URL('longwire.js', import.meta.url));

test('start without flags uses ./data, port 4600 and the demo', () => {
  expect(parseStartFlags([])).toEqual({ dataDir: 'data', portBase: 4600, demo: true, help: false });
});

test('start takes its flags in both spellings', () => {
  const flags = { dataDir: '/tmp/x', portBase: 5600, demo: false, help: false };
  expect(parseStartFlags(['--data', '/tmp/x', '--port-base', '5600', '--no-demo'])).toEqual(flags);
  expect(parseStartFlags(['--data=/tmp/x', '--port-base=5600', '--no-demo'])).toEqual(flags);
});

test.each([
  {
    args: ['start', '--dta', 'x'],
    says: /Unknown option '--dta' \(known: --data DIR, --port-base N, --no-demo, --help\)/,
  },
  { args: ['start', 'now'], says: /Unexpected argument 'now'/ },
  { args: ['start', '--data'], says: /'--data <value>' argument missing/ },
  { args: ['start', '--port-base', '80'], says: /--port-base must be a whole number from 1024 to 65500, not 80/ },
  { args: ['start', '--port-base', 'x'], says: /from 1024 to 65500, not x/ },
  { args: ['stort'], says: /unknown command stort \(known: start, test, check, bench/ },
])('$args is refused in a sentence', async ({ args, says }) => {
  const { code, stdout, stderr } = await run(args);
  expect(stderr).toMatch(says);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test('a data folder that cannot be written is refused in a sentence', async () => {
  const { code, stderr } = await run(['start', '--data', join(launcher, 'below-a-file')]);
  expect(stderr).toMatch(/^The data folder \S+ cannot be used \(ENOTDIR\): name one that you may write/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
});

test.each([['--help'], ['start', '--help'], []])('%s %s explains the commands', async (...args) => {
  const { code, stdout } = await run(args);
  expect(code).toBe(0);
  expect(stdout).toContain('start [--data DIR] [--port-base N] [--no-demo]');
});

async function run(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [launcher, ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (!isExit(error)) throw error;
    return error;
  }
}

function isExit(error: unknown): error is { code: number; stdout: string; stderr: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'stderr' in error;
}
