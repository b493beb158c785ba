import { type BucketEntry, ensureBucket, followBucket } from '@longwire/eventlog';
import { expect, test } from 'vitest';
import { openBench } from './counter.ts';
import { eventually } from './eventually.ts';

test('what a bucket holds is read, then each change, through a restart of the server', async () => {
  await using bench = await openBench();
  const seen = new Map<string, string | undefined>();
  const apply = ({ key, value }: BucketEntry) => void seen.set(key, value && Buffer.from(value).toString());
  const stopping = new AbortController();
  const running = followBucket(bench.nc, 'things', apply).run(stopping.signal); // not there yet
  const bucket = await ensureBucket(bench.nc, 'things');
  await bucket.put('a.b', 'one');
  await eventually(() => expect(Object.fromEntries(seen)).toEqual({ 'a.b': 'one' }));
  await bench.server.restart();
  await eventually(() => bucket.put('c', 'two'));
  await eventually(() => bucket.delete('a.b'));
  await eventually(() => expect(Object.fromEntries(seen)).toEqual({ 'a.b': undefined, c: 'two' }));
  stopping.abort();
  await running;
});
