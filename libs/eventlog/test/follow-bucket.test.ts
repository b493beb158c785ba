import { type BucketEntry, ensureBucket, followBucket } from '@longwire/eventlog';
import { expect, test } from 'vitest';
import { openBench } from './counter.ts';
import { eventually } from './eventually.ts';

test('what a bucket holds is told from what comes later, anew after each interruption; an empty bucket is whole at once', async () => {
  await using bench = await openBench();
  const told: string[] = [];
  const apply = ({ key, isNews }: BucketEntry) => void told.push(`${key}${isNews ? ' is news' : ''}`);
  const bucket = await ensureBucket(bench.nc, 'things');
  const stopping = new AbortController();
  const running = followBucket(bench.nc, 'things', apply, {
    onWhole: () => void told.push('whole'),
    onLost: () => void told.push('lost'),
  }).run(stopping.signal);
  await eventually(() => expect(told).toEqual(['whole']));
  await bucket.put('a', '1');
  await bucket.put('b', '1');
  const before = ['whole', 'a is news', 'b is news'];
  await eventually(() => expect(told).toEqual(before));
  await bench.server.restart();
  await eventually(() => expect(told.slice(-4)).toEqual(['lost', 'a', 'b', 'whole']));
  const after = told.slice(before.length);
  expect(after.filter((each) => each.endsWith('is news'))).toEqual([]);
  await bucket.put('a', '2');
  await eventually(() => expect(told.slice(-2)).toEqual(['whole', 'a is news']));
  stopping.abort();
  await running;
  expect(told.at(-1)).toBe('lost');
});

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
