import { setImmediate as turn } from 'node:timers/promises';
import { ensureBucket, ensureStream, openEventLog } from '@longwire/eventlog';
import { startNats } from '@longwire/testing';
import { jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { startProxy } from '@longwire/testing';
import { expect, test } from 'vitest';
import { connectTo, counters, openBench } from './counter.ts';

test('an event log keeps everything for ever, on disk, and refuses when it is full', async () => {
  await using bench = await openBench();
  const { config } = await bench.log.jsm.streams.info(counters.name);
  expect(config).toMatchObject({
    subjects: ['counter.>'],
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    max_age: 0,
    max_msgs: -1,
    max_bytes: -1,
    max_msgs_per_subject: -1,
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    num_replicas: 1,
  });
});

test('nobody deletes or purges a decision', async () => {
  await using bench = await openBench();
  await bench.log.js.publish('counter.a', 'a fact');
  await expect(bench.log.jsm.streams.deleteMessage(counters.name, 1)).rejects.toThrow('not permitted');
  await expect(bench.log.jsm.streams.purge(counters.name)).rejects.toThrow('not permitted');
});

test('opening an event log again, or twice at once, changes nothing', async () => {
  await using bench = await openBench();
  const fresh = { name: 'FRESH', subjects: ['fresh.>'] };
  await Promise.all([openEventLog(bench.nc, fresh), openEventLog(bench.nc, fresh), openEventLog(bench.nc, fresh)]);
  const before = await bench.log.jsm.streams.info('FRESH');
  await openEventLog(bench.nc, fresh);
  expect((await bench.log.jsm.streams.info('FRESH')).config).toEqual(before.config);
});

const lossy: [change: Partial<StreamConfig>, reason: string][] = [
  [{ max_age: nanos(3_600_000) }, 'max_age is 3600000000000, not 0'],
  [{ max_msgs_per_subject: 1 }, 'max_msgs_per_subject is 1, not -1'],
  [{ discard: 'old' }, 'discard is "old", not "new"'],
  [{ storage: 'memory' }, 'storage is "memory", not "file"'],
  [{ deny_purge: false }, 'deny_purge is false, not true'],
  [{ subjects: ['other.>'] }, 'subjects is ["other.>"], not ["lossy.>"]'],
];

test.for(lossy)('a stream that would lose events is refused as an event log: %j', async ([change, reason]) => {
  await using bench = await openBench();
  await bench.log.jsm.streams.add({
    name: 'LOSSY',
    subjects: ['lossy.>'],
    discard: 'new',
    deny_delete: true,
    deny_purge: true,
    allow_direct: true,
    ...change,
  });
  const opened = openEventLog(bench.nc, { name: 'LOSSY', subjects: ['lossy.>'] });
  await expect(opened).rejects.toThrow(`stream LOSSY cannot be an event log: ${reason}`);
});

test('a stream with fewer replicas than asked for is refused', async () => {
  await using bench = await openBench();
  const opened = openEventLog(bench.nc, { ...counters, replicas: 3 });
  await expect(opened).rejects.toThrow('num_replicas is 1, not 3');
});

test.for(['2.9.10', '2.10.24'])('a server of version %s is refused by name', async (old) => {
  await using bench = await openBench();
  await using proxy = await startProxy(bench.server.port);
  proxy.rewrite(`"version":"${bench.nc.info?.version}"`, `"version":"${old}"`);
  const nc = await connectTo(proxy.url);
  const opened = openEventLog(nc, counters);
  await expect(opened).rejects.toThrow(`nats-server ${old} is too old: Longwire needs 2.10.25 or newer`);
  await nc.close();
});

test.for(['2.10.25', '2.11.0-beta.1', '2.100.0', '10.0.0'])('a server of version %s is accepted', async (recent) => {
  await using bench = await openBench();
  await using proxy = await startProxy(bench.server.port);
  proxy.rewrite(`"version":"${bench.nc.info?.version}"`, `"version":"${recent}"`);
  const nc = await connectTo(proxy.url);
  await openEventLog(nc, counters);
  await nc.close();
});

test('opening waits for a server that is away', async () => {
  await using bench = await openBench();
  await bench.server.stop();
  const opened = openEventLog(bench.nc, counters);
  await bench.server.restart();
  expect((await opened).stream).toBe(counters.name);
});

test('opening in the middle of an attempt to connect again waits as well', async () => {
  await using bench = await openBench();
  await bench.server.stop();
  while (bench.nc.info !== undefined) await turn(); // an attempt forgets what the last server said of itself
  const opened = openEventLog(bench.nc, counters);
  await bench.server.restart();
  expect((await opened).stream).toBe(counters.name);
});

test('opening gives up with UNAVAILABLE when the budget is over', async () => {
  await using bench = await openBench();
  await bench.server.stop();
  const opened = openEventLog(bench.nc, counters, { budgetMs: 500 });
  await expect(opened).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('a stream is created once, and then is as its operator wants it', async () => {
  await using bench = await openBench();
  const samples = { name: 'SAMPLES', subjects: ['samples.>'], max_age: nanos(3_600_000) };
  await ensureStream(bench.nc, samples);
  await bench.log.js.publish('samples.edge-1', 'one');
  await bench.log.jsm.streams.update('SAMPLES', { max_age: nanos(7_200_000) });
  const { config, state } = await ensureStream(bench.nc, samples);
  expect(config.max_age).toBe(nanos(7_200_000));
  expect(state.messages).toBe(1);
});

test('a bucket is created once, and reads through it see the last write', async () => {
  await using server = await startNats();
  const nc = await connectTo(server.url);
  const first = await ensureBucket(nc, 'contacts');
  const created = await first.create('account-1', '{}');
  const revision = await first.update('account-1', '{"name":"x"}', created);
  const second = await ensureBucket(nc, 'contacts');
  expect((await second.get('account-1'))?.revision).toBe(revision);
  await expect(second.update('account-1', '{"late":true}', created)).rejects.toThrow('wrong last sequence');
  const jsm = await jetstreamManager(nc);
  expect((await jsm.streams.info('KV_contacts')).config.allow_direct).toBe(false);
  await nc.close();
});

test('a bucket refuses a key with an asterisk, and says of itself that it is empty', async () => {
  await using server = await startNats();
  const nc = await connectTo(server.url);
  const bucket = await ensureBucket(nc, 'edge-config');
  await expect(bucket.put('*_example_com', '{}')).rejects.toThrow('invalid key');
  expect((await bucket.status()).values).toBe(0);
  await bucket.put('=any_example_com', '{}');
  expect((await bucket.status()).values).toBe(1);
  await nc.close();
});
