import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** What a process wrote that ran this with a logger `log`. */
function logged(script: string): Record<string, unknown>[] {
  const from = JSON.stringify(new URL('logger.ts', import.meta.url).href);
  const whole = `const { createLogger } = await import(${from}); const log = createLogger('part', 'info'); ${script}`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', whole], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

test('what should not be logged is hidden, at the top and one level below, also in a child', () => {
  const [line, ofChild] = logged(`
    log.info({ token: 'a', about: { password: 'b', name: 'c' }, count: 1 }, 'top');
    log.child({ authorization: 'd' }).info('child');`);
  expect(line).toMatchObject({
    token: '[Redacted]',
    about: { password: '[Redacted]', name: 'c' },
    count: 1,
    msg: 'top',
  });
  expect(ofChild).toMatchObject({ authorization: '[Redacted]', msg: 'child' });
});

test('an error is logged with its message and stack', () => {
  const [line] = logged(`log.error({ err: new Error('broken') }, 'failed');`);
  expect(line).toMatchObject({ level: 'error', service: 'part', err: { message: 'broken' }, msg: 'failed' });
});

test('a crash takes no line with it, in order', () => {
  const lines = logged(`for (let at = 0; at < 1000; at++) log.info({ at }, 'line'); throw new Error('crash');`);
  expect(lines.map(({ at }) => at)).toEqual(Array.from({ length: 1000 }, (_, at) => at));
});
