import { createLogger } from '@longwire/service';
import { expect, test } from 'vitest';
import { watchTellings } from './telling-watch.ts';

test('while the log is still being read nothing is alarmed about: what was told may come yet', async () => {
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const looked = Promise.withResolvers<number>();
  let reads = 0;
  const entries = () => {
    reads++;
    return [];
  };
  const logger = createLogger('test', 'fatal');
  const watch = watchTellings({ entries, ready, limitMs: 1_000, onLook: looked.resolve, logger });
  const running = watch.run(stopping.signal);
  await Promise.resolve();
  expect(reads).toBe(0);
  resolve();
  expect(await looked.promise).toBe(0);
  expect(reads).toBe(1);
  stopping.abort();
  await running;
});
