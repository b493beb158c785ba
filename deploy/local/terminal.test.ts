import { expect, test, vi } from 'vitest';
import { showWayIn } from './terminal.js';

test.each([true, false])('the command to try is of a domain that is there: with the demo %s', (demo) => {
  const log = vi.spyOn(console, 'log').mockReturnValue(undefined);
  const addresses = { console: 'http://127.0.0.1:4600', edge: 'ws://127.0.0.1:4601', inbox: 'http://127.0.0.1:4602' };
  showWayIn({ addresses, signIns: [], seconds: 1, logs: 'data/logs', demo });
  const [said] = log.mock.calls.flat();
  log.mockRestore();
  expect(said).toContain('http://127.0.0.1:4600');
  expect(/wscat -c ws:\/\/127\.0\.0\.1:4601\/echo --host live\.acme\.localhost/.test(said)).toBe(demo);
});
