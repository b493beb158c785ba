import { duringCall } from '@longwire/contracts';
import { project, withinBudget } from '@longwire/eventlog';
import { TimeoutError } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { counters, openBench } from './counter.ts';

const unavailable = { code: 'UNAVAILABLE', reason: 'EVENT_LOG_UNAVAILABLE' };
const { signal } = new AbortController();

/** Does something for a caller who waits so many milliseconds, and says how many of them were left at its end. */
async function leftOver(ms: number, work: () => Promise<unknown>): Promise<number> {
  const deadline = Date.now() + ms;
  await duringCall({ deadline, signal }, work);
  return deadline - Date.now();
}

const refuse = () => Promise.reject(new TimeoutError());
const staySilent = () => new Promise<never>(() => {});

test.each([
  ['refuses', refuse],
  ['says nothing', staySilent],
])('a caller hears UNAVAILABLE before its own deadline of a store that %s', async (_, attempt) => {
  const left = await leftOver(1_000, () => expect(withinBudget(15_000, attempt)).rejects.toMatchObject(unavailable));
  expect(left).toBeGreaterThan(0);
});

test('a budget that is over before the deadline is not stretched', async () => {
  const left = await leftOver(10_000, () => expect(withinBudget(300, staySilent)).rejects.toMatchObject(unavailable));
  expect(left).toBeGreaterThan(8_000);
});

test('a caller hears before its deadline that its write is not readable yet', async () => {
  await using bench = await openBench();
  const projection = project({ nc: bench.nc, stream: counters.name }, () => {});
  const behind = { code: 'UNAVAILABLE', reason: 'PROJECTION_BEHIND' };
  const left = await leftOver(500, () => expect(projection.reached(7)).rejects.toMatchObject(behind));
  expect(left).toBeGreaterThan(0);
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
