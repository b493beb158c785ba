import { setTimeout as later } from 'node:timers/promises';
import {
  append,
  consume,
  consumeBatches,
  type ConsumeOptions,
  deadLetters,
  decodeRecorded,
  ensureStream,
  handle,
  type Recorded,
  type Running,
} from '@longwire/eventlog';
import type { StoredMsg } from '@nats-io/jetstream';
import { afterEach, expect, test } from 'vitest';
import {
  type Bench,
  connectTo,
  counter,
  type CounterEvent,
  counters,
  incremented,
  metaOf,
  openBench,
} from './counter.ts';
import { eventually } from './eventually.ts';

type Decision = Recorded<CounterEvent>;

const readText = { decode: ({ data }: { data: Uint8Array }) => Buffer.from(data).toString() };

const running: { stopping: AbortController; outcome: Promise<void> }[] = [];

/** Runs a part until the end of the test, at the latest. */
function start(part: Running): { stopping: AbortController; outcome: Promise<void> } {
  const stopping = new AbortController();
  const outcome = part.run(stopping.signal);
  outcome.catch(() => {});
  running.push({ stopping, outcome });
  return { stopping, outcome };
}

afterEach(() => {
  for (const { stopping } of running.splice(0)) stopping.abort();
});

const quickly = () => 20;

function options(bench: Bench): ConsumeOptions<Decision> {
  return {
    nc: bench.nc,
    stream: counters.name,
    durable: 'worker',
    decode: decodeRecorded<CounterEvent>,
    backoff: quickly,
  };
}

async function write(bench: Bench, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) {
    await handle(bench.log, `counter.${i}`, counter, { by: i }, { meta: metaOf(`c-${i}`) });
  }
}

async function consumerInfo(bench: Bench) {
  return bench.log.jsm.consumers.info(counters.name, 'worker');
}

/** Waits until the server knows that nothing is left to do. */
async function untilDone(bench: Bench, floor: number): Promise<void> {
  await eventually(async () => {
    const { ack_floor: acked, num_ack_pending: pending } = await consumerInfo(bench);
    expect({ acked: acked.stream_seq, pending }).toEqual({ acked: floor, pending: 0 });
  });
}

async function deadLetter(bench: Bench): Promise<StoredMsg> {
  return eventually(async () => {
    const letter = await bench.log.jsm.streams.getMessage('DEADLETTERS', {
      last_by_subj: `deadletter.${counters.name}.worker`,
    });
    if (letter === null) throw new Error('no dead letter yet');
    return letter;
  });
}

test('each decision is handled once and then acknowledged', async () => {
  await using bench = await openBench();
  await write(bench, 3);
  const handled: number[] = [];
  start(consume({ ...options(bench), handle: async ({ sequence }) => void handled.push(sequence) }));
  await untilDone(bench, 3);
  await write(bench, 3); // repeated: appends nothing
  await handle(bench.log, 'counter.4', counter, { by: 4 }, { meta: metaOf('c-4') });
  await untilDone(bench, 4);
  expect(handled).toEqual([1, 2, 3, 4]);
});

test('a durable whose settings changed goes on where it was', async () => {
  await using bench = await openBench();
  await write(bench, 2);
  const before = start(consume({ ...options(bench), handle: async () => {} }));
  await untilDone(bench, 2);
  before.stopping.abort();
  await before.outcome;
  await handle(bench.log, 'counter.3', counter, { by: 3 }, { meta: metaOf('c-3') });
  const handled: number[] = [];
  const changed = { ...options(bench), ackWaitMs: 7_000, subjects: ['counter.*'] };
  start(consume({ ...changed, handle: async ({ sequence }) => void handled.push(sequence) }));
  await untilDone(bench, 3);
  expect(handled).toEqual([3]);
  expect((await consumerInfo(bench)).config).toMatchObject({ ack_wait: 7_000_000_000, filter_subjects: ['counter.*'] });
});

test('a message is acknowledged only after its effect', async () => {
  await using bench = await openBench();
  await write(bench, 1);
  const effect = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  start(
    consume({
      ...options(bench),
      async handle() {
        begun.resolve();
        await effect.promise;
      },
    }),
  );
  await begun.promise;
  expect(await consumerInfo(bench)).toMatchObject({ num_ack_pending: 1, ack_floor: { stream_seq: 0 } });
  effect.resolve();
  await untilDone(bench, 1);
});

test('work that fails is tried again, and others do not wait for it', async () => {
  await using bench = await openBench();
  await write(bench, 3);
  const handled: number[] = [];
  const failures: unknown[] = [];
  let broken = true;
  start(
    consume({
      ...options(bench),
      onRetry: (error) => failures.push(error),
      async handle({ sequence }) {
        if (sequence === 1 && broken) throw new Error('not now');
        handled.push(sequence);
        if (sequence === 3) broken = false;
      },
    }),
  );
  await untilDone(bench, 3);
  expect(handled).toEqual([2, 3, 1]);
  expect(String(failures[0])).toBe('Error: not now');
});

test('the time between attempts grows with their number', async () => {
  await using bench = await openBench();
  await write(bench, 1);
  const at: number[] = [];
  start(
    consume({
      ...options(bench),
      backoff: (deliveries) => 50 * 2 ** deliveries,
      async handle() {
        at.push(performance.now());
        if (at.length < 5) throw new Error('not now');
      },
    }),
  );
  await untilDone(bench, 1);
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  expect(gaps).toHaveLength(4);
  [100, 200, 400, 800].forEach((least, index) => expect(gaps[index]).toBeGreaterThanOrEqual(least - 5));
});

test('a failure may say itself when its message comes again', async () => {
  await using bench = await openBench();
  await write(bench, 1);
  class Later extends Error {
    readonly delayMs = 300;
  }
  const attempts: number[] = [];
  start(
    consume({
      ...options(bench),
      backoff: (_, error) => (error instanceof Later ? error.delayMs : 60_000),
      handle: async () => {
        if (attempts.push(performance.now()) === 1) throw new Later();
      },
    }),
  );
  await untilDone(bench, 1);
  const [first = 0, second = 0] = attempts;
  expect(second - first).toBeGreaterThanOrEqual(290);
  expect(second - first).toBeLessThan(30_000);
});

test('without a backoff of its own, a consumer waits at least half a second before the second attempt', async () => {
  await using bench = await openBench();
  await write(bench, 1);
  const at: number[] = [];
  const { backoff: _, ...rest } = options(bench);
  start(
    consume({
      ...rest,
      async handle() {
        at.push(performance.now());
        if (at.length < 3) throw new Error('not now');
      },
    }),
  );
  await untilDone(bench, 1);
  const [first = 0, second = 0, third = 0] = at;
  expect(second - first).toBeGreaterThanOrEqual(495);
  expect(third - second).toBeGreaterThanOrEqual(995);
});

test('work that always fails goes to the dead letters with its origin, and its delivery ends', async () => {
  await using bench = await openBench();
  await ensureStream(bench.nc, deadLetters());
  await write(bench, 1);
  let attempts = 0;
  start(
    consume({
      ...options(bench),
      maxAttempts: 3,
      async handle() {
        attempts++;
        throw new TypeError('someone@example.org has no mailbox');
      },
    }),
  );
  const letter = await deadLetter(bench);
  await untilDone(bench, 1);
  expect(attempts).toBe(3);
  expect(letter.json()).toEqual({ events: [incremented(1)] });
  expect(Object.fromEntries([...letter.header].map(([name, [value]]) => [name, value]))).toEqual({
    'Longwire-Command-Id': 'c-1',
    'Longwire-Actor': 'test',
    'Longwire-Time': '2026-11-22T08:00:00.000Z',
    'Longwire-Dead-Stream': 'COUNTERS',
    'Longwire-Dead-Sequence': '1',
    'Longwire-Dead-Subject': 'counter.1',
    'Longwire-Dead-Deliveries': '3',
    'Longwire-Dead-Reason': 'ATTEMPTS_EXHAUSTED TypeError',
  });
});

test('a message that cannot be decoded goes to the dead letters at once, and the next is handled', async () => {
  await using bench = await openBench();
  await ensureStream(bench.nc, deadLetters());
  await bench.log.js.publish('counter.a', '{"events":');
  await write(bench, 1);
  const handled: number[] = [];
  start(consume({ ...options(bench), handle: async ({ sequence }) => void handled.push(sequence) }));
  const letter = await deadLetter(bench);
  await untilDone(bench, 2);
  expect(handled).toEqual([2]);
  expect(letter.string()).toBe('{"events":');
  expect(letter.header.get('Longwire-Dead-Reason')).toBe('UNDECODABLE UndecodableMessage');
  expect(letter.header.get('Longwire-Dead-Deliveries')).toBe('1');
});

test('a dead letter is not refused for the expectations that its original carried', async () => {
  await using bench = await openBench();
  await ensureStream(bench.nc, deadLetters());
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 1, meta: metaOf('c-2') });
  const decode = (): never => {
    throw new Error('unreadable');
  };
  start(consume({ ...options(bench), decode, handle: async () => {} }));
  await untilDone(bench, 2);
  const { state } = await bench.log.jsm.streams.info('DEADLETTERS');
  expect(state.messages).toBe(2);
});

test('while the dead letters cannot be stored the message stays where it is', { timeout: 60_000 }, async () => {
  await using bench = await openBench();
  await bench.log.js.publish('counter.a', 'unreadable');
  const failures: string[] = [];
  start(consume({ ...options(bench), onRetry: (error) => failures.push(String(error)), handle: async () => {} }));
  await eventually(() => expect(failures.join()).toContain('event log does not answer'));
  expect(await consumerInfo(bench)).toMatchObject({ ack_floor: { stream_seq: 0 } });
  await ensureStream(bench.nc, deadLetters());
  await deadLetter(bench);
  await untilDone(bench, 1);
});

test('work that takes longer than the server waits is not delivered again', async () => {
  await using bench = await openBench();
  await write(bench, 1);
  let deliveries = 0;
  start(
    consume({
      ...options(bench),
      ackWaitMs: 300,
      concurrency: 2, // a second worker stands ready for a second delivery
      async handle() {
        deliveries++;
        await later(1_500); // the work itself: five times what the server waits
      },
    }),
  );
  await untilDone(bench, 1);
  expect(deliveries).toBe(1);
  expect(await consumerInfo(bench)).toMatchObject({ num_redelivered: 0, delivered: { consumer_seq: 1 } });
});

test('what a dead process had in hand goes to another', async () => {
  await using bench = await openBench();
  await write(bench, 1);
  const doomed = await connectTo(bench.server.url);
  const begun = Promise.withResolvers<void>();
  const first = consume({
    ...options(bench),
    nc: doomed,
    ackWaitMs: 300,
    async handle() {
      begun.resolve();
      await doomed.closed();
    },
  });
  start(first);
  await begun.promise;
  await doomed.close();
  const handled: number[] = [];
  start(consume({ ...options(bench), ackWaitMs: 300, handle: async ({ sequence }) => void handled.push(sequence) }));
  await untilDone(bench, 1);
  expect(handled).toEqual([1]);
});

test('no more than the set number is handled at once, and that many are', async () => {
  await using bench = await openBench();
  await write(bench, 12);
  let now = 0;
  let most = 0;
  const crowd = Promise.withResolvers<void>();
  start(
    consume({
      ...options(bench),
      concurrency: 4,
      async handle() {
        most = Math.max(most, ++now);
        if (now === 4) crowd.resolve();
        await crowd.promise;
        now--;
      },
    }),
  );
  await untilDone(bench, 12);
  expect(most).toBe(4);
});

test('shutting down finishes what is under way, takes nothing new and gives back the rest', async () => {
  await using bench = await openBench();
  await write(bench, 5);
  const effect = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const handled: number[] = [];
  const { stopping, outcome } = start(
    consume({
      ...options(bench),
      async handle({ sequence }) {
        begun.resolve();
        await effect.promise;
        handled.push(sequence);
      },
    }),
  );
  await begun.promise;
  stopping.abort();
  effect.resolve();
  await outcome;
  expect(handled).toEqual([1]);
  start(consume({ ...options(bench), handle: async ({ sequence }) => void handled.push(sequence) }));
  await untilDone(bench, 5);
  expect(handled).toEqual([1, 2, 3, 4, 5]);
});

test('shutting down while a batch gathers gives its messages to another at once', async () => {
  await using bench = await openBench();
  const batches = (handle: (items: string[]) => Promise<void>) =>
    consumeBatches({ ...options(bench), ...readText, size: 3, waitMs: 20_000, handle });
  const { stopping, outcome } = start(batches(async () => {}));
  for (const text of ['one', 'two']) bench.nc.publish('counter.a', text);
  await eventually(async () => expect(await consumerInfo(bench)).toMatchObject({ num_ack_pending: 2 }));
  stopping.abort();
  await outcome;
  const handled: string[] = [];
  start(batches(async (items) => void handled.push(...items)));
  bench.nc.publish('counter.a', 'three');
  await untilDone(bench, 3);
  expect(handled.toSorted()).toEqual(['one', 'three', 'two']);
});

test('shutting down while there is nothing to do returns at once', async () => {
  await using bench = await openBench();
  const { stopping, outcome } = start(consume({ ...options(bench), handle: async () => {} }));
  await eventually(async () => expect(await consumerInfo(bench)).toMatchObject({ num_waiting: 1 }));
  const before = performance.now();
  stopping.abort();
  await outcome;
  expect(performance.now() - before).toBeLessThan(2_500);
});

test.for(['kill', 'stop'] as const)('a consumer goes on after the %s of its server', async (end) => {
  await using bench = await openBench();
  await write(bench, 2);
  const handled = new Set<number>();
  start(consume({ ...options(bench), handle: async ({ sequence }) => void handled.add(sequence) }));
  await untilDone(bench, 2);
  await bench.server[end]();
  await bench.server.restart();
  await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('after') });
  await eventually(() => expect([...handled]).toEqual([1, 2, 3]));
});

test('a consumer waits for a stream that is not there yet', async () => {
  await using bench = await openBench();
  const failures: string[] = [];
  const handled: string[] = [];
  start(
    consume({
      ...options(bench),
      stream: 'LATER',
      onRetry: (error) => failures.push(String(error)),
      handle: async ({ subject }) => void handled.push(subject),
    }),
  );
  await eventually(() => expect(failures[0]).toContain('stream not found'));
  await ensureStream(bench.nc, { name: 'LATER', subjects: ['later.>'] });
  const later = { ...bench.log, stream: 'LATER' };
  await append(later, 'later.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  await eventually(() => expect(handled).toEqual(['later.a']));
});

test('only the named subjects are handled', async () => {
  await using bench = await openBench();
  await write(bench, 4);
  const handled: string[] = [];
  const subjects = ['counter.2', 'counter.4'];
  start(consume({ ...options(bench), subjects, handle: async ({ subject }) => void handled.push(subject) }));
  await eventually(() => expect(handled).toEqual(subjects));
});

test('raw messages come in batches, and a batch is acknowledged after its effect', async () => {
  await using bench = await openBench();
  for (let i = 0; i < 250; i++) bench.nc.publish(`counter.${i}`, `sample ${i}`);
  const batches: string[][] = [];
  const part = consumeBatches({
    ...options(bench),
    ...readText,
    size: 100,
    handle: async (items: string[]) => void batches.push(items),
  });
  start(part);
  await untilDone(bench, 250);
  expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(batches.flat()).toEqual(Array.from({ length: 250 }, (_, index) => `sample ${index}`));
});

test('a batch that fails is delivered again whole, without the message that cannot be decoded', async () => {
  await using bench = await openBench();
  await ensureStream(bench.nc, deadLetters());
  for (const text of ['one', 'unreadable', 'three']) bench.nc.publish('counter.a', text);
  const attempts: string[][] = [];
  start(
    consumeBatches({
      ...options(bench),
      decode(message) {
        const text = readText.decode(message);
        if (text === 'unreadable') throw new Error(text);
        return text;
      },
      size: 10,
      async handle(items: string[]) {
        attempts.push(items);
        if (attempts.length === 1) throw new Error('the store is away');
      },
    }),
  );
  await untilDone(bench, 3);
  expect((await deadLetter(bench)).string()).toBe('unreadable');
  expect(attempts[0]).toEqual(['one', 'three']);
  expect(attempts.slice(1).flat().toSorted()).toEqual(['one', 'three']);
});
