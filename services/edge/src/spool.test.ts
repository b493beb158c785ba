import { expect, test } from 'vitest';
import type { Batch } from './samples.ts';
import { Spool } from './spool.ts';

const batch = (id: string, bytes = 10): Batch => ({ id, data: new Uint8Array(bytes) });

/** A store that can be away; what it stored is `stored`. */
function store() {
  const stored: string[] = [];
  const state = { isAway: false, stored };
  const publish = async ({ id }: Batch) => {
    if (state.isAway) throw new Error('away');
    stored.push(id);
  };
  return Object.assign(state, { publish });
}

test('batches are published in order, each once', async () => {
  const spool = new Spool(1000);
  const target = store();
  spool.add([batch('1'), batch('2')]);
  await spool.flush(target.publish);
  spool.add([batch('3')]);
  await spool.flush(target.publish);
  expect(target.stored).toEqual(['1', '2', '3']);
  expect(spool.size).toBe(0);
});

test('a batch that is not stored stays, and is tried again', async () => {
  const spool = new Spool(1000);
  const target = store();
  target.isAway = true;
  spool.add([batch('1')]);
  await expect(spool.flush(target.publish)).rejects.toThrow('away');
  target.isAway = false;
  await spool.flush(target.publish);
  expect(target.stored).toEqual(['1']);
});

test('the spool is bounded: the oldest batches go and are counted', async () => {
  const spool = new Spool(35);
  const target = store();
  spool.add([batch('1'), batch('2'), batch('3')]);
  spool.add([batch('4'), batch('5')]);
  expect([spool.size, spool.dropped]).toEqual([3, 2]);
  await spool.flush(target.publish);
  expect(target.stored).toEqual(['3', '4', '5']);
});

test('a batch given up while it was being published takes no other with it', async () => {
  const spool = new Spool(20);
  const stored: string[] = [];
  spool.add([batch('1'), batch('2')]);
  await spool.flush(async ({ id }) => {
    if (stored.push(id) === 1) spool.add([batch('3')]);
  });
  expect(stored).toEqual(['1', '2', '3']);
});

test('it publishes what is added while it runs, goes on after a trouble, and ends on abort', async () => {
  const spool = new Spool(1000);
  const target = store();
  const troubles: unknown[] = [];
  const stopping = new AbortController();
  target.isAway = true;
  spool.add([batch('1')]);
  const comeBack = (error: unknown) => {
    troubles.push(error);
    target.isAway = false;
    spool.add([batch('2')]);
  };
  const publish = async (each: Batch) => {
    await target.publish(each);
    if (each.id === '2') stopping.abort();
  };
  await spool.run(publish, comeBack, stopping.signal);
  expect(target.stored).toEqual(['1', '2']);
  expect(troubles).toHaveLength(1);
});
