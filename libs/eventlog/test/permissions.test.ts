import { append, consume, decodeRecorded, handle, openEventLog, project } from '@longwire/eventlog';
import { startNats } from '@longwire/testing';
import { jetstream } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { connectTo, counter, type CounterEvent, counters, incremented, metaOf } from './counter.ts';
import { eventually } from './eventually.ts';

const allow = (subjects: string[]) => `[${subjects.map((subject) => `"${subject}"`).join(', ')}]`;

/** What the README says that a service needs; the inbox prefix is its own. */
const writer = [
  'counter.>',
  '$JS.API.INFO',
  '$JS.API.STREAM.INFO.COUNTERS',
  '$JS.API.STREAM.CREATE.COUNTERS',
  '$JS.API.STREAM.MSG.GET.COUNTERS',
];
const projector = [
  '$JS.API.STREAM.INFO.COUNTERS',
  '$JS.API.STREAM.MSG.GET.COUNTERS',
  '$JS.API.CONSUMER.CREATE.COUNTERS.>',
  '$JS.API.CONSUMER.INFO.COUNTERS.>',
  '$JS.API.CONSUMER.DELETE.COUNTERS.>',
  '$JS.API.CONSUMER.MSG.NEXT.COUNTERS.>',
];
const worker = [
  '$JS.API.CONSUMER.CREATE.COUNTERS.worker',
  '$JS.API.CONSUMER.INFO.COUNTERS.worker',
  '$JS.API.CONSUMER.MSG.NEXT.COUNTERS.worker',
  '$JS.ACK.COUNTERS.worker.>',
  '$JS.ACK.*.*.COUNTERS.worker.>',
  'deadletter.COUNTERS.worker',
];

const user = (name: string, publish: string[]) =>
  `{ user: ${name}, password: secret, permissions: { publish: ${allow(publish)}, subscribe: ["_INBOX_${name}.>"] } }`;

test('a writer, a projection and a worker each get by with their own permissions', async () => {
  const users = [user('writer', writer), user('projector', projector), user('worker', worker)];
  await using server = await startNats({
    config: `authorization { users: [ { user: admin, password: secret }, ${users.join(', ')} ] }`,
  });
  await using stack = new AsyncDisposableStack();
  const connectAs = async (name: string) => {
    const nc = await connectTo(server.url, { user: name, pass: 'secret', inboxPrefix: `_INBOX_${name}` });
    stack.defer(() => nc.close());
    return nc;
  };
  const stopping = new AbortController();
  stack.defer(() => stopping.abort());

  const log = await openEventLog(await connectAs('writer'), counters);
  const projection = project<CounterEvent>({ nc: await connectAs('projector'), stream: counters.name }, () => {});
  const handled: number[] = [];
  const work = consume({
    nc: await connectAs('worker'),
    stream: counters.name,
    durable: 'worker',
    decode: decodeRecorded<CounterEvent>,
    handle: async ({ sequence }) => void handled.push(sequence),
  });
  const running = [projection.run(stopping.signal), work.run(stopping.signal)];
  await handle(log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-1') });
  const { sequence } = await handle(log, 'counter.a', counter, { by: 1 }, { meta: metaOf('c-2') });
  await projection.reached(sequence);

  const admin = await openEventLog(await connectAs('admin'), counters);
  await eventually(async () => {
    const info = await admin.jsm.consumers.info(counters.name, 'worker');
    expect({ acked: info.ack_floor.stream_seq, handled }).toEqual({ acked: 2, handled: [1, 2] });
  });
  stopping.abort();
  await Promise.all(running);
});

test('who may not write hears it at once, not after the budget', async () => {
  await using server = await startNats({
    config: `authorization { users: [ { user: admin, password: secret }, ${user('projector', projector)} ] }`,
  });
  const admin = await connectTo(server.url, { user: 'admin', pass: 'secret' });
  const nc = await connectTo(server.url, { user: 'projector', pass: 'secret', inboxPrefix: '_INBOX_projector' });
  const intruder = { ...(await openEventLog(admin, counters)), nc, js: jetstream(nc) };
  const refused = append(intruder, 'counter.a', [incremented(1)], { expectedSequence: 0, meta: metaOf('c-1') });
  await expect(refused).rejects.toThrow('Permissions Violation');
  await Promise.all([nc.close(), admin.close()]);
});
