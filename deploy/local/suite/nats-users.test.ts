import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  append,
  type BucketEntry,
  consume,
  deadLetters,
  decodeRecorded,
  ensureBucket,
  ensureStream,
  followBucket,
  history,
  openBucket,
  openEventLog,
  project,
  type Recorded,
} from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { untilReady } from '../supervisor/readiness.js';
import { natsConfig } from './nats-config.js';
import { natsUsers } from './nats-users.js';
import { freePortBase, portsFrom } from './ports.js';
import { openSecrets } from './secrets.js';

// A real nats-server on the configuration of the local start; each user does what its service does, by the same library.

const stack = new AsyncDisposableStack();
let as: (user: string) => NatsConnection;

const meta = { commandId: 'c1', actor: 'test', time: new Date(0) };
const activationStream = { name: 'ACTIVATION', subjects: ['activation.>'] };

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'longwire-nats-users-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const ports = portsFrom(await freePortBase());
  const users = [...Object.keys(natsUsers), 'operator'];
  const secrets = await openSecrets(dataDir, users);
  await writeFile(join(dataDir, 'nats.conf'), natsConfig({ dataDir, ports, secrets }));

  const server = spawn(process.env['NATS_SERVER'] ?? 'nats-server', ['-c', join(dataDir, 'nats.conf')], {
    stdio: 'ignore',
  });
  stack.defer(async () => {
    server.kill();
    await once(server, 'exit');
  });
  await untilReady(`http://127.0.0.1:${ports.natsMonitoring}/healthz`, AbortSignal.timeout(10_000));

  const connections = new Map<string, NatsConnection>();
  for (const user of users) {
    const url = `nats://${user}:${secrets.nats[user]}@127.0.0.1:${ports.nats}`;
    const connection = await connectNats(url, user, createLogger(user, 'fatal'));
    stack.defer(() => connection.close());
    connections.set(user, connection);
  }
  as = (user) => {
    const connection = connections.get(user);
    if (!connection) throw new Error(`no user ${user}`);
    return connection;
  };
  await openEventLog(as('activation'), activationStream);
});

afterAll(() => stack.disposeAsync());

test('the owner of a stream writes it, and whoever needs it folds it', async () => {
  const log = await openEventLog(as('activation'), activationStream);
  const { sequence } = await append(log, 'activation.account.a', [{ type: 'AccountCreated' }], {
    expectedSequence: 0,
    meta,
  });
  const folded: Recorded<{ type: string }>[] = [];
  const projection = project({ nc: as('config'), stream: 'ACTIVATION' }, (recorded) => folded.push(recorded));
  const stopped = new AbortController();
  const running = projection.run(stopped.signal);
  await projection.reached(sequence);
  stopped.abort();
  await running;
  expect(folded.map(({ subject }) => subject)).toEqual(['activation.account.a']);
});

test('work on a stream is acknowledged, and what cannot be done goes to the dead letters', async () => {
  const log = await openEventLog(as('activation'), activationStream);
  const { state } = await log.jsm.streams.info('ACTIVATION');
  await append(log, 'activation.account.b', [{ type: 'Poison' }], { expectedSequence: 0, meta });
  await ensureStream(as('notifier'), deadLetters());
  const done: string[] = [];
  const stopped = new AbortController();
  const running = consume({
    nc: as('notifier'),
    stream: 'ACTIVATION',
    durable: 'notifier',
    decode: (message) => decodeRecorded(message),
    maxAttempts: 1,
    handle: async ({ events }) => {
      if (events[0]?.type === 'Poison') throw new Error('cannot be done');
      done.push(events[0]?.type ?? '');
    },
  }).run(stopped.signal);
  const operator = await jetstreamManager(as('operator'));
  await vi.waitUntil(async () => (await operator.streams.info('DEADLETTERS')).state.messages === 1);
  await vi.waitUntil(async () => (await operator.consumers.info('ACTIVATION', 'notifier')).num_ack_pending === 0);
  stopped.abort();
  await running;
  expect(done).toHaveLength(state.messages);
  const before = []; // what else happened to the account that a message is about
  const from = { ...log, nc: as('notifier'), jsm: await jetstreamManager(as('notifier'), { checkAPI: false }) };
  for await (const { sequence } of history(from, 'activation.account.b')) before.push(sequence);
  expect(before).toHaveLength(1);
});

test('work on some of the subjects of a stream is done', async () => {
  const log = await openEventLog(as('notifier'), { name: 'NOTIFY', subjects: ['notify.>'] });
  const event = { type: 'Queued' };
  for (const subject of ['notify.other.a', 'notify.notification.a'])
    await append(log, subject, [event], { expectedSequence: 0, meta });
  const done: string[] = [];
  const stopped = new AbortController();
  const running = consume({
    nc: as('notifier'),
    stream: 'NOTIFY',
    durable: 'notifier-delivery',
    subjects: ['notify.notification.>'],
    decode: (message) => decodeRecorded(message),
    handle: async ({ subject }) => void done.push(subject),
  }).run(stopped.signal);
  await vi.waitUntil(() => done.length > 0);
  stopped.abort();
  await running;
  expect(done).toEqual(['notify.notification.a']);
});

test.each(Object.keys(natsUsers).filter((user) => user !== 'activation'))(
  '%s cannot write the stream of activation',
  async (user) => {
    const publish = jetstream(as(user), { timeout: 500 }).publish('activation.account.forged', '{}');
    await expect(publish).rejects.toThrow(/permissions violation/i);
  },
);

test('a reader can neither change nor empty nor delete a stream', async () => {
  const jsm = await jetstreamManager(as('config'), { checkAPI: false, timeout: 500 });
  await expect(jsm.streams.update('ACTIVATION', { max_msgs: 1 })).rejects.toThrow(/permissions violation/i);
  await expect(jsm.streams.purge('ACTIVATION')).rejects.toThrow(/permissions violation/i);
  await expect(jsm.streams.delete('ACTIVATION')).rejects.toThrow(/permissions violation/i);
});

test.each([
  { user: 'edge', stream: 'KV_edge-status' },
  { user: 'console', stream: 'KV_console-sessions' },
  { user: 'activation', stream: 'ACTIVATION' },
  { user: 'activation', stream: 'KV_contacts' },
  { user: 'config', stream: 'KV_edge-config' },
  { user: 'notifier', stream: 'NOTIFY' },
  { user: 'notifier', stream: 'DEADLETTERS' },
  { user: 'metrics', stream: 'SAMPLES' },
  { user: 'metrics', stream: 'DEADLETTERS' },
])('$user cannot have its stream $stream republished into the stream of another', async ({ user, stream }) => {
  const update = JSON.stringify({ name: stream, republish: { src: '>', dest: 'activation.>' } });
  const asked = as(user).request(`$JS.API.STREAM.UPDATE.${stream}`, update, { timeout: 500 });
  await expect(asked).rejects.toThrow(/permissions violation/i);
});

test('an edge can neither take nor acknowledge samples', async () => {
  await ensureStream(as('metrics'), { name: 'SAMPLES', subjects: ['samples.>'] });
  await jetstream(as('edge'), { timeout: 2_000 }).publish('samples.edge-1', 'x');
  const jsm = await jetstreamManager(as('edge'), { checkAPI: false, timeout: 500 });
  await expect(jsm.consumers.delete('SAMPLES', 'metrics')).rejects.toThrow(/permissions violation/i);
});

test.each([
  { user: 'config', stream: 'ACTIVATION', consumer: 'notifier' },
  { user: 'activation', stream: 'CONFIG', consumer: 'notifier' },
  { user: 'edge', stream: 'SAMPLES', consumer: 'metrics' },
  { user: 'metrics', stream: 'NOTIFY', consumer: 'notifier-delivery' },
])(
  "$user can neither change nor end another's consumer $consumer of $stream, nor take its messages, nor acknowledge them",
  async ({ user, stream, consumer }) => {
    const settings = JSON.stringify({ stream_name: stream, config: { durable_name: consumer, name: consumer } });
    const subjects = {
      [`$JS.API.CONSUMER.CREATE.${stream}.${consumer}`]: settings,
      [`$JS.API.CONSUMER.CREATE.${stream}.${consumer}.x`]: settings,
      [`$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${consumer}`]: settings,
      [`$JS.API.CONSUMER.DELETE.${stream}.${consumer}`]: '',
      [`$JS.API.CONSUMER.PAUSE.${stream}.${consumer}`]: '{}',
      [`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`]: '1',
      [`$JS.ACK.${stream}.${consumer}.1.1.1.1.0`]: '+ACK',
      [`$JS.ACK._.x.${stream}.${consumer}.1.1.1.1.0.x`]: '+ACK',
    };
    const refused: string[] = [];
    for (const [subject, data] of Object.entries(subjects)) {
      const asked = as(user).request(subject, data, { timeout: 500 });
      await asked.catch((error: unknown) => /permissions violation/i.test(String(error)) && refused.push(subject));
    }
    expect(refused).toEqual(Object.keys(subjects));
  },
);

test('a bucket is followed by those who read it as a whole', async () => {
  const written = await ensureBucket(as('config'), 'edge-config');
  const revision = await written.put('a_test', '{}');
  const followed: BucketEntry[] = [];
  const stopped = new AbortController();
  const running = followBucket(as('edge'), 'edge-config', (entry) => followed.push(entry)).run(stopped.signal);
  await vi.waitUntil(() => followed.length === 1);
  stopped.abort();
  await running;
  const known = [];
  for await (const entry of await written.history()) known.push(entry.revision);
  expect(known).toEqual([revision]);
});

test('a bucket is written by its owner and read by key', async () => {
  const contacts = await ensureBucket(as('activation'), 'contacts');
  await contacts.put('a', 'somebody');
  const seen = await openBucket(as('notifier'), 'contacts');
  expect((await seen.get('a'))?.string()).toBe('somebody');
  await expect(seen.watch()).rejects.toThrow(/permissions violation/i); // all of them it need not have
  const forge = as('notifier').request('$KV.contacts.a', 'nobody', { timeout: 500 });
  await expect(forge).rejects.toThrow(/permissions violation/i);
});

test('contacts are closed to everybody else', async () => {
  await ensureBucket(as('activation'), 'contacts');
  await expect(openBucket(as('edge'), 'contacts').then((bucket) => bucket.get('a'))).rejects.toThrow(
    /permissions violation/i,
  );
});

test('verification codes are read by the notifier, and closed to the others', async () => {
  const codes = await ensureBucket(as('operator'), 'verification-codes');
  await codes.put('v', 'a code');
  expect((await (await openBucket(as('notifier'), 'verification-codes')).get('v'))?.string()).toBe('a code');
  for (const user of ['config', 'edge', 'metrics', 'console']) {
    const read = openBucket(as(user), 'verification-codes').then((bucket) => bucket.get('v'));
    await expect(read).rejects.toThrow(/permissions violation/i);
  }
  const forge = as('notifier').request('$KV.verification-codes.v', '000000', { timeout: 500 });
  await expect(forge).rejects.toThrow(/permissions violation/i);
});

test("the secrets of customers' webhooks are the notifier's alone", async () => {
  const secrets = await ensureBucket(as('notifier'), 'webhook-secrets');
  await secrets.put('w', 'a secret');
  expect((await secrets.get('w'))?.string()).toBe('a secret');
  await secrets.purge('w');
  for (const user of ['activation', 'config', 'edge', 'metrics', 'console']) {
    const read = openBucket(as(user), 'webhook-secrets').then((bucket) => bucket.get('w'));
    await expect(read).rejects.toThrow(/permissions violation/i);
  }
});

test("nobody hears the answers to another's requests", async () => {
  const spying = as('edge').subscribe('_INBOX_activation.>');
  const heard = (async () => {
    for await (const message of spying) throw new Error(`heard ${message.subject}`);
  })();
  await expect(heard).rejects.toThrow(/permissions violation/i);
});
