import { duringCall } from '@longwire/contracts';
import { project, withinBudget } from '@longwire/eventlog';
import { TimeoutError } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { counters, openBench } from './counter.ts';

const unavailable = { code: 'UNAVAILABLE', reason: 'EVENT_LOG_UNAVAILABLE' };
const { signal } = new AbortController();

/** What a caller hears who waits so many milliseconds: how the work failed, or that its time is over. */
function heard(ms: number, work: () => Promise<unknown>): Promise<unknown> {
  const over = Promise.withResolvers<string>();
  const timer = setTimeout(() => over.resolve('the deadline is over'), ms);
  const failed = duringCall({ deadline: Date.now() + ms, signal }, work).catch((error: unknown) => error);
  return Promise.race([failed, over.promise]).finally(() => clearTimeout(timer));
}

const refuse = () => Promise.reject(new TimeoutError());
const staySilent = () => new Promise<never>(() => {});

test.each([
  ['refuses', refuse],
  ['says nothing', staySilent],
])('a caller hears UNAVAILABLE before its own deadline of a store that %s', async (_, attempt) => {
  expect(await heard(2_000, () => withinBudget(15_000, attempt))).toMatchObject(unavailable);
});

test('a budget that is over before the deadline is not stretched', async () => {
  const started = Date.now();
  expect(await heard(20_000, () => withinBudget(300, staySilent))).toMatchObject(unavailable);
  expect(Date.now() - started).toBeLessThan(10_000);
});

test('a caller hears before its deadline that its write is not readable yet', async () => {
  await using bench = await openBench();
  const projection = project({ nc: bench.nc, stream: counters.name }, () => {});
  const behind = { code: 'UNAVAILABLE', reason: 'PROJECTION_BEHIND' };
  expect(await heard(2_000, () => projection.reached(7))).toMatchObject(behind);
});

test('nothing is tried again for a caller who has left', async () => {
  const leaving = new AbortController();
  let attempts = 0;
  const tried = duringCall({ deadline: Number.POSITIVE_INFINITY, signal: leaving.signal }, () =>
    withinBudget(15_000, () => {
      attempts++;
      leaving.abort();
      return refuse();
    }),
  );
  await expect(tried).rejects.toMatchObject(unavailable);
  expect(attempts).toBe(1);
});

test('what is begun for a caller who has left is finished', async () => {
  const over = { deadline: Date.now() - 1, signal: AbortSignal.abort() };
  expect(await duringCall(over, () => withinBudget(15_000, async () => 'stored'))).toBe('stored');
});
