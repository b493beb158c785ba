import { append, handle, openEventLog, project, type Recorded, type Unreadable } from '@longwire/eventlog';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { type Bench, counter, type CounterEvent, counters, incremented, metaOf, openBench } from './counter.ts';
import { eventually } from './eventually.ts';

type Started = AsyncDisposable & {
  projection: ReturnType<typeof project>;
  folded: number[];
  outcome: Promise<void>;
  stop(): void;
};

/** A running projection that notes the sequences it folds. */
function startProjection(
  { nc, stream = counters.name }: { nc: NatsConnection; stream?: string },
  apply: (recorded: Recorded<CounterEvent>) => void = () => {},
  onRetry: (error: unknown) => void = () => {},
  more: { leftOut?: ReadonlySet<number>; onUnreadable?: (message: Unreadable) => void } = {},
): Started {
  const folded: number[] = [];
  const note = (recorded: Recorded<CounterEvent>) => {
    apply(recorded);
    folded.push(recorded.sequence);
  };
  const { leftOut = new Set<number>(), ...options } = more;
  const projection = project<CounterEvent>({ nc, stream, leftOut }, note, { onRetry, ...options });
  const stopping = new AbortController();
  const outcome = projection.run(stopping.signal);
  outcome.catch(() => {});
  return {
    projection,
    folded,
    outcome,
    stop: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await outcome.catch(() => {});
    },
  };
}

async function write(bench: Bench, times: number, name = 'c'): Promise<number> {
  let sequence = 0;
  for (let i = 0; i < times; i++) {
    ({ sequence } = await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf(`${name}-${i}`) }));
  }
  return sequence;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('an empty stream is caught up with at once', async () => {
  await using bench = await openBench();
  await using started = startProjection(bench.log);
  await started.projection.caughtUp;
  expect(started.projection.sequence).toBe(0);
  await started.projection.catchUp();
});

test('what was written before and after the start is folded in order, once', async () => {
  await using bench = await openBench();
  await write(bench, 5, 'before');
  await using started = startProjection(bench.log);
  await started.projection.caughtUp;
  expect(started.folded).toEqual(upTo(5));
  await started.projection.reached(await write(bench, 5, 'after'));
  expect(started.folded).toEqual(upTo(10));
});

test('a writer reads what it wrote once the projection has reached its sequence', async () => {
  await using bench = await openBench();
  let total = 0;
  await using started = startProjection(bench.log, ({ events }) => events.forEach(({ by }) => (total += by)));
  for (const by of [1, 2, 3]) {
    const { state, sequence } = await handle(bench.log, 'counter.a', counter, { by }, { meta: metaOf(`c-${by}`) });
    await started.projection.reached(sequence);
    expect(total).toBe(state);
  }
});

test('a sequence that does not come in time is UNAVAILABLE', async () => {
  await using bench = await openBench();
  await using started = startProjection(bench.log);
  const late = started.projection.reached(1, 50);
  await expect(late).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'PROJECTION_BEHIND' });
});

test('catching up waits for what another service has written', async () => {
  await using bench = await openBench();
  await using started = startProjection(bench.log);
  await started.projection.caughtUp;
  const last = await write(bench, 3);
  await started.projection.catchUp();
  expect(started.projection.sequence).toBe(last);
});

test('a projection waits for a stream that is not there yet', async () => {
  await using bench = await openBench();
  const troubles: unknown[] = [];
  await using started = startProjection({ nc: bench.nc, stream: 'LATER' }, undefined, (error) => troubles.push(error));
  await eventually(() => expect(String(troubles[0])).toContain('stream not found'));
  const later = await openEventLog(bench.nc, { name: 'LATER', subjects: ['later.>'] });
  await append(later, 'later.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  await started.projection.reached(1);
});

test.for(['stop', 'kill'] as const)(
  'a projection goes on after the server was ended by %s and came back',
  async (end) => {
    await using bench = await openBench();
    await using started = startProjection(bench.log);
    for (const round of ['first', 'second', 'third']) {
      await started.projection.reached(await write(bench, 3, round), 20_000);
      await bench.server[end]();
      await bench.server.restart();
    }
    await started.projection.reached(await write(bench, 3, 'last'), 20_000);
    expect(started.folded).toEqual(upTo(12));
  },
);

test('an apply that throws ends the projection and turns away those who wait', async () => {
  await using bench = await openBench();
  await using started = startProjection(bench.log, ({ sequence }) => {
    if (sequence === 2) throw new Error('cannot fold');
  });
  const waiting = started.projection.reached(3);
  waiting.catch(() => {});
  await write(bench, 3);
  await expect(started.outcome).rejects.toMatchObject({
    message: 'the projection of COUNTERS stopped after 1',
    cause: { message: 'cannot fold' },
  });
  await expect(waiting).rejects.toThrow('stopped after 1');
  await expect(started.projection.reached(3)).rejects.toThrow('stopped after 1');
  expect(started.folded).toEqual([1]);
});

test('a failure before the projection has caught up is told to those who wait for that', async () => {
  await using bench = await openBench();
  await write(bench, 3);
  await using started = startProjection(bench.log, () => {
    throw new Error('cannot fold');
  });
  await expect(started.projection.caughtUp).rejects.toThrow('stopped after 0');
});

test('a message that is no decision ends the projection', async () => {
  await using bench = await openBench();
  await using started = startProjection(bench.log);
  await bench.log.js.publish('counter.a', 'not an envelope');
  await expect(started.outcome).rejects.toMatchObject({ cause: { name: 'UndecodableMessage', sequence: 1 } });
});

test('where somebody is told of it, a message that cannot be folded holds the projection, and those who wait hear so', async () => {
  await using bench = await openBench();
  const told: Unreadable[] = [];
  const onUnreadable = (message: Unreadable) => void told.push(message);
  await write(bench, 1);
  await bench.log.js.publish('counter.a', 'not an envelope');
  await using started = startProjection(bench.log, undefined, undefined, { onUnreadable });
  await eventually(() => expect(told).toHaveLength(1));
  expect(told).toMatchObject([{ stream: 'COUNTERS', sequence: 2, subject: 'counter.a' }]);
  await expect(started.projection.reached(2)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    reason: 'PROJECTION_STOPPED',
  });
  started.stop();
  await started.outcome;
});

test('a message that is left out is passed over', async () => {
  await using bench = await openBench();
  await write(bench, 1);
  const { seq } = await bench.log.js.publish('counter.a', 'not an envelope');
  await using started = startProjection(bench.log, undefined, undefined, { leftOut: new Set([seq]) });
  await started.projection.reached(2);
  await append(bench.log, 'counter.b', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-9') });
  await started.projection.reached(3);
  expect(started.folded).toEqual([1, 3]);
});

test('a log that no longer holds what was folded ends the projection', async () => {
  await using bench = await openBench();
  await using started = startProjection(bench.log);
  await started.projection.reached(await write(bench, 3));
  await bench.log.jsm.streams.delete(counters.name); // as a restored backup or lost disk would
  await openEventLog(bench.nc, counters);
  await write(bench, 5, 'other');
  await expect(started.outcome).rejects.toMatchObject({
    cause: { message: 'the log no longer holds message 3 as it was folded' },
  });
});

test('an aborted projection ends quietly, and those who wait hear that it stops', async () => {
  await using bench = await openBench();
  await using started = startProjection(bench.log);
  await started.projection.caughtUp;
  const waiting = started.projection.reached(1);
  started.stop();
  await started.outcome;
  await expect(waiting).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'PROJECTION_STOPPED' });
});

test('an abort during the first connection is heard', async () => {
  await using bench = await openBench();
  const stopping = new AbortController();
  const running = project<CounterEvent>(bench.log, () => {}).run(stopping.signal);
  stopping.abort();
  await running;
});

test('a backlog larger than one pull is folded whole', async () => {
  await using bench = await openBench();
  for (let i = 0; i < 12_500; i += 500) {
    const slice = upTo(500).map((n) => `c-${i + n}`);
    await Promise.all(
      slice.map((id) =>
        append(bench.log, `counter.${id}`, [incremented(1)], { expectedSequence: 0, meta: metaOf(id) }),
      ),
    );
  }
  await using started = startProjection(bench.log);
  await started.projection.caughtUp;
  expect(started.folded).toEqual(upTo(12_500));
});
