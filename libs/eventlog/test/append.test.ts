import { append, Conflict, history, openEventLog } from '@longwire/eventlog';
import { startProxy } from '@longwire/testing';
import { expect, test } from 'vitest';
import { collect, connectTo, counters, incremented, metaOf, openBench } from './counter.ts';

/** How every acknowledgement of the stream COUNTERS begins. */
const acknowledgement = '{"stream":"COUNTERS"';

test('a decision is one message that reads back as it was written', async () => {
  await using bench = await openBench();
  const meta = { ...metaOf('c-1'), traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
  const events = [incremented(1), incremented(2)];
  const appended = await append(bench.log, 'counter.a', events, { expectedSequence: 0, meta });
  expect(appended).toEqual({ sequence: 1, duplicate: false });
  expect(await collect(history(bench.log, 'counter.a'))).toEqual([
    { subject: 'counter.a', sequence: 1, storedTime: expect.any(Date), meta, events },
  ]);
});

test('the expected sequence is that of the subject, whatever happened on others', async () => {
  await using bench = await openBench();
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('a-1') });
  await append(bench.log, 'counter.b', [incremented(1)], { expectedSequence: 0, meta: metaOf('b-1') });
  const third = await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 1, meta: metaOf('a-2') });
  expect(third.sequence).toBe(3);
});

test('a decision on what has changed since is a conflict and stores nothing', async () => {
  await using bench = await openBench();
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  const late = append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-2') });
  await expect(late).rejects.toThrow(Conflict);
  expect(await collect(history(bench.log, 'counter.a'))).toHaveLength(1);
});

test('a decision that rests on the whole stream is a conflict when anything has been written since, and known when it comes again', async () => {
  await using bench = await openBench();
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('a-1') });
  const decide = (expectedStreamSequence: number) =>
    append(bench.log, 'counter.b', [incremented(1)], {
      expectedSequence: 0,
      expectedStreamSequence,
      meta: metaOf('b-1'),
    });
  await expect(decide(0)).rejects.toThrow(Conflict);
  expect(await decide(1)).toEqual({ sequence: 2, duplicate: false });
  expect(await decide(1)).toEqual({ sequence: 2, duplicate: true });
});

test('the same decision published twice is stored once', async () => {
  await using bench = await openBench();
  const decision = { expectedSequence: 0, meta: metaOf('c-1') };
  await append(bench.log, 'counter.a', [incremented(1)], decision);
  const again = await append(bench.log, 'counter.a', [incremented(1)], decision);
  expect(again).toEqual({ sequence: 1, duplicate: true });
  expect(await collect(history(bench.log, 'counter.a'))).toHaveLength(1);
});

test('an acknowledgement that is lost on the way does not store the decision twice', async () => {
  await using bench = await openBench();
  await using proxy = await startProxy(bench.server.port);
  const nc = await connectTo(proxy.url);
  const log = await openEventLog(nc, counters);

  const lost = proxy.swallow(acknowledgement);
  const appended = append(log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  await lost;
  expect(await appended).toEqual({ sequence: 1, duplicate: true });
  expect(await collect(history(log, 'counter.a'))).toHaveLength(1);
  await nc.close();
});

test('a decision of ours is known although another has followed it', async () => {
  await using bench = await openBench();
  const ours = { expectedSequence: 0, meta: metaOf('ours') };
  await append(bench.log, 'counter.a', [incremented(1)], ours);
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 1, meta: metaOf('theirs') });
  const again = await append(bench.log, 'counter.a', [incremented(1)], ours);
  expect(again).toEqual({ sequence: 1, duplicate: true });
});

test('after an unanswered attempt, a refusal that nothing explains yet is not taken for a conflict', async () => {
  await using bench = await openBench();
  await using proxy = await startProxy(bench.server.port);
  const nc = await connectTo(proxy.url);
  const log = await openEventLog(nc, counters);

  const unanswered = proxy.swallow('"err_code":10071');
  const refused = proxy.passed('"err_code":10071');
  const appended = append(log, 'counter.a', [incremented(1)], { expectedSequence: 1, meta: metaOf('c-2') });
  await unanswered;
  await refused; // as while a message is on its way through the replicas
  await append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  expect(await appended).toEqual({ sequence: 2, duplicate: false });
  await nc.close();
});

test('a server killed between storing and acknowledging neither loses nor doubles the decision', async () => {
  await using bench = await openBench();
  await using proxy = await startProxy(bench.server.port);
  const nc = await connectTo(proxy.url);
  const log = await openEventLog(nc, counters);

  const stored = proxy.swallow(acknowledgement);
  const appended = append(log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  await stored;
  await bench.server.kill();
  await bench.server.restart();
  expect(await appended).toEqual({ sequence: 1, duplicate: true });
  expect(await collect(history(log, 'counter.a'))).toHaveLength(1);
  await nc.close();
});

test('without a server the caller hears UNAVAILABLE when the budget is over, and may repeat the command', async () => {
  await using bench = await openBench();
  const log = await openEventLog(bench.nc, counters, { budgetMs: 1_500 });
  await bench.server.stop();
  const decision = { expectedSequence: 0, meta: metaOf('c-1') };
  const refused = append(log, 'counter.a', [incremented(1)], decision);
  await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'EVENT_LOG_UNAVAILABLE' });
  await bench.server.restart();
  await append(bench.log, 'counter.a', [incremented(1)], decision);
  expect(await collect(history(bench.log, 'counter.a'))).toHaveLength(1);
});

test('on a closed connection the caller hears UNAVAILABLE at once', async () => {
  await using bench = await openBench();
  await bench.nc.close();
  const refused = append(bench.log, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});
