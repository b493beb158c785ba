import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DomainError } from '@longwire/contracts';
import { type Aggregate, append, handle, history, load, openEventLog } from '@longwire/eventlog';
import { startProxy } from '@longwire/testing';
import { headers, nanos, type NatsConnection } from '@nats-io/transport-node';
import { array, assert, asyncProperty, integer, nat, record, scheduler } from 'fast-check';
import { expect, test } from 'vitest';
import { collect, connectTo, counter, type CounterCommand, type CounterEvent, counters } from './counter.ts';
import { incremented, metaOf, openBench } from './counter.ts';

test('a command is decided on the folded state, and its events are folded into the answer', async () => {
  await using bench = await openBench();
  await handle(bench.log, 'counter.a', counter, { by: 2 }, { meta: metaOf('c-1') });
  const handled = await handle(bench.log, 'counter.a', counter, { by: 3 }, { meta: metaOf('c-2') });
  expect(handled).toEqual({ state: 5, sequence: 2, decidedAt: 2, events: [incremented(3)] });
  expect(await load(bench.log, 'counter.a', counter)).toMatchObject({ state: 5, sequence: 2 });
});

test('a subject without decisions is its initial state at sequence 0', async () => {
  await using bench = await openBench();
  expect(await load(bench.log, 'counter.none', counter)).toMatchObject({ state: 0, sequence: 0 });
});

test('a command that decides nothing appends nothing', async () => {
  await using bench = await openBench();
  const handled = await handle(bench.log, 'counter.a', counter, { by: 0 }, { meta: metaOf('c-1') });
  expect(handled).toEqual({ state: 0, sequence: 0, decidedAt: 0, events: [] });
  expect(await collect(history(bench.log, 'counter.a'))).toEqual([]);
});

test('a rule that refuses reaches the caller as it is, and nothing is stored', async () => {
  await using bench = await openBench();
  const closed: Aggregate<number, CounterCommand, CounterEvent> = {
    ...counter,
    decide() {
      throw new DomainError('FAILED_PRECONDITION', 'CLOSED', 'The counter is closed.');
    },
  };
  const refused = handle(bench.log, 'counter.a', closed, { by: 1 }, { meta: metaOf('c-1') });
  await expect(refused).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', reason: 'CLOSED' });
  expect(await collect(history(bench.log, 'counter.a'))).toEqual([]);
});

test('a repeated command changes nothing, gives the present state, and tells where it was decided', async () => {
  await using bench = await openBench();
  await handle(bench.log, 'counter.a', counter, { by: 2 }, { meta: metaOf('c-1') });
  await handle(bench.log, 'counter.a', counter, { by: 3 }, { meta: metaOf('c-2') });
  const repeated = await handle(bench.log, 'counter.a', counter, { by: 2 }, { meta: metaOf('c-1') });
  expect(repeated).toEqual({ state: 5, sequence: 2, decidedAt: 1, events: [] });
});

test('a command repeated when the server remembers nothing of it still changes nothing', async () => {
  await using bench = await openBench();
  await bench.log.jsm.streams.update('COUNTERS', { duplicate_window: nanos(100) });
  await handle(bench.log, 'counter.a', counter, { by: 2 }, { meta: metaOf('c-1') });
  await bench.server.kill();
  await bench.server.restart();
  const repeated = await handle(bench.log, 'counter.a', counter, { by: 2 }, { meta: metaOf('c-1') });
  expect(repeated).toEqual({ state: 2, sequence: 1, decidedAt: 1, events: [] });
});

test('the same command sent twice at the same time is carried out once', async () => {
  await using bench = await openBench();
  const send = () => handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-1') });
  const answers = await Promise.all([send(), send(), send()]);
  expect(answers.map(({ state }) => state)).toEqual([1, 1, 1]);
  expect(answers.flatMap(({ events }) => events)).toHaveLength(1);
});

test('a stale etag is refused, and the present one is told', async () => {
  await using bench = await openBench();
  await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-1') });
  await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-2'), expectedEtag: '1' });
  const stale = handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-3'), expectedEtag: '1' });
  await expect(stale).rejects.toMatchObject({
    code: 'ABORTED',
    reason: 'ETAG_MISMATCH',
    details: { metadata: { etag: '2' } },
  });
});

test('a repeated command gets its answer although its etag is stale by its own doing', async () => {
  await using bench = await openBench();
  await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-1') });
  const once = () => handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-2'), expectedEtag: '1' });
  await once();
  expect(await once()).toEqual({ state: 2, sequence: 2, decidedAt: 2, events: [] });
});

/** Somebody else's decision on the counter, on its way before ours. */
function rival(nc: NatsConnection, id: number): void {
  const fields = headers();
  fields.set('Longwire-Command-Id', `rival-${id}`);
  fields.set('Longwire-Actor', 'rival');
  fields.set('Longwire-Time', '2026-11-22T08:00:00.000Z');
  nc.publish('counter.a', JSON.stringify({ events: [incremented(1)] }), { headers: fields });
}

test('a writer who always comes too late gives up with ABORTED', async () => {
  await using bench = await openBench();
  let decisions = 0;
  const rivalled: typeof counter = {
    ...counter,
    decide(command, state) {
      rival(bench.nc, ++decisions);
      return counter.decide(command, state);
    },
  };
  const late = handle(bench.log, 'counter.a', rivalled, { by: 1 }, { meta: metaOf('c-1') });
  await expect(late).rejects.toMatchObject({ code: 'ABORTED', reason: 'WRITE_CONFLICT' });
  expect(decisions).toBe(12);
  expect(await load(bench.log, 'counter.a', counter)).toMatchObject({ state: 12 });
});

test('a writer whose last attempt was stored, and not acknowledged, hears that it was', async () => {
  await using bench = await openBench();
  await using proxy = await startProxy(bench.server.port);
  const nc = await connectTo(proxy.url);
  const log = await openEventLog(nc, counters);
  let decisions = 0;
  const rivalledAtFirst: typeof counter = {
    ...counter,
    decide(command, state) {
      if (++decisions < 12) rival(nc, decisions);
      else void proxy.swallow('{"stream":"COUNTERS"');
      return counter.decide(command, state);
    },
  };
  const handled = await handle(log, 'counter.a', rivalledAtFirst, { by: 1 }, { meta: metaOf('c-1') });
  expect(handled).toMatchObject({ state: 12, decidedAt: 12 });
  await nc.close();
});

test('a rule over other subjects is read anew, and asked again, when anything has been written since', async () => {
  await using bench = await openBench();
  const limit = 2;
  let asked = 0;
  const othersAt = async () => {
    asked++;
    const { state } = await bench.log.jsm.streams.info(bench.log.stream);
    if (state.messages >= limit) throw new Error('full');
    return state.last_seq;
  };
  const names = ['a', 'b', 'c', 'd'];
  const outcomes = await Promise.allSettled(
    names.map((name) => handle(bench.log, `counter.${name}`, counter, { by: 1 }, { meta: metaOf(name), othersAt })),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(limit);
  const before = asked;
  await Promise.all(
    outcomes.flatMap(({ status }, index) => {
      const name = names[index] ?? '';
      const again = { meta: metaOf(name), othersAt };
      return status === 'rejected' ? [] : [handle(bench.log, `counter.${name}`, counter, { by: 1 }, again)];
    }),
  );
  expect(asked).toBe(before); // what was decided before is not asked about any more
});

test('loading from an earlier state reads only what came after', async () => {
  await using bench = await openBench();
  for (let i = 0; i < 20; i++) {
    await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: i, meta: metaOf(`c-${i}`) });
  }
  const earlier = await load(bench.log, 'counter.a', counter);
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 20, meta: metaOf('c-20') });
  const before = bench.nc.stats().outMsgs;
  const later = await load(bench.log, 'counter.a', counter, earlier);
  expect(later).toMatchObject({ state: 21, sequence: 21 });
  expect(['c-0', 'c-19', 'c-20', 'c-21'].map((id) => later.decidedAt.get(id))).toEqual([1, 20, 21, undefined]);
  expect(bench.nc.stats().outMsgs - before).toBe(2); // the new one, and the question that finds no more
});

test('a command on a long subject costs no more when what is known of it is given, and its id still counts', async () => {
  await using bench = await openBench();
  for (let i = 0; i < 20; i++) {
    await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: i, meta: metaOf(`c-${i}`) });
  }
  const from = await load(bench.log, 'counter.a', counter);
  const before = bench.nc.stats().outMsgs;
  const handled = await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-20'), from });
  expect(handled).toMatchObject({ state: 21, sequence: 21 });
  expect(bench.nc.stats().outMsgs - before).toBe(2); // the question whether there is more, and the decision
  const again = await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-3'), from });
  expect(again).toMatchObject({ decidedAt: 4, state: 21, events: [] });
});

test('a message that is left out decides nothing, and what is decided after it stands on it', async () => {
  await using bench = await openBench();
  await handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-1') });
  await bench.log.js.publish('counter.a', 'not an envelope');
  const stuck = handle(bench.log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-2') });
  await expect(stuck).rejects.toMatchObject({ name: 'UndecodableMessage', sequence: 2, subject: 'counter.a' });
  const log = await openEventLog(bench.nc, counters, { leftOut: new Set([2]) });
  const handled = await handle(log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-2') });
  expect(handled).toMatchObject({ state: 2, sequence: 3 });
});

test('two processes that write the same subject lose and double nothing', async () => {
  await using bench = await openBench();
  const run = promisify(execFile);
  const script = new URL('increment.ts', import.meta.url).pathname;
  const outputs = await Promise.all(
    ['left', 'right'].map((writer) => run(process.execPath, [script, bench.server.url, 'counter.a', writer, '50'])),
  );
  const accepted = outputs.reduce((sum, { stdout }) => sum + Number(stdout), 0);
  expect(accepted).toBeGreaterThanOrEqual(50);
  expect(await load(bench.log, 'counter.a', counter)).toMatchObject({ state: accepted });
});

test('any interleaving of handlers on one subject loses and doubles no increment', async () => {
  await using bench = await openBench();
  const other = await connectTo(bench.server.url);
  const logs = [bench.log, await openEventLog(other, counters)];
  let run = 0;
  const commands = array(
    record({ by: integer({ min: 0, max: 9 }), id: integer({ min: 0, max: 6 }), log: nat({ max: 1 }) }),
    { minLength: 2, maxLength: 10 },
  );
  await assert(
    asyncProperty(commands, scheduler(), async (all, schedule) => {
      const subject = `counter.run-${++run}`;
      const answers = all.map(async ({ by, id, log }) => {
        await schedule.schedule(Promise.resolve());
        const { events } = await handle(logs[log] ?? bench.log, subject, counter, { by }, { meta: metaOf(`c-${id}`) });
        return events;
      });
      await schedule.waitFor(Promise.allSettled(answers));
      const settled = await Promise.allSettled(answers);
      const told = settled.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      const stored = await collect(history<CounterEvent>(bench.log, subject));

      const sum = (events: CounterEvent[]) => events.reduce((total, { by }) => total + by, 0);
      expect(sum(stored.flatMap(({ events }) => events))).toBe(sum(told));
      const ids = stored.map(({ meta }) => meta.commandId);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 40 },
  );
  await other.close();
});
