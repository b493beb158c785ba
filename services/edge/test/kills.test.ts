import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SampleBatch, type DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { ensureStream } from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { freePort, startNats, type NatsServer } from '@longwire/testing';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startEchoOrigin } from './echo-origin.ts';
import { startEdgeProcess, type EdgeProcess } from './edge-process.ts';
import { handshake, Peer } from './harness.ts';
import { knownState } from './known-config.ts';

let parts: AsyncDisposableStack;
let nats: NatsServer;
let connection: NatsConnection;
let stateDir: string;
let port: number;
/** Bytes that clients sent in frames, all of which came back. */
let onTheWire = 0n;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  nats = parts.use(await startNats());
  await connectAnew();
  await ensureStream(connection, { name: 'SAMPLES', subjects: ['samples.*'] });
  stateDir = parts.use(await knownState(parts.use(await startEchoOrigin()))).path;
  port = await freePort();
});
afterEach(() => parts.disposeAsync());

async function connectAnew(): Promise<void> {
  const opening = connectNats(nats.url, 'test', createLogger('test', 'silent'));
  connection = parts.adopt(await opening, (each) => each.close());
}

const startEdge = async (): Promise<EdgeProcess> =>
  parts.use(
    await startEdgeProcess({
      EDGE_LISTEN: `127.0.0.1:${port}`,
      EDGE_STATE_DIR: stateDir,
      EDGE_WORKERS: '2',
      NATS_URL: nats.url,
    }),
  );

/** Clients that each send a frame and get it back; the tunnels stay open. */
async function exchange(count: number): Promise<void> {
  const frame = Buffer.concat([Buffer.of(0x82, 0xfe, 0x03, 0xe8, 0, 0, 0, 0), Buffer.alloc(1_000, 7)]);
  const clients = Array.from({ length: count }, async () => {
    const client = new Peer(connect(port, '127.0.0.1'));
    client.socket.write(handshake('a.test'));
    await client.head();
    client.socket.write(frame);
    await client.bytes(frame.length);
    onTheWire += BigInt(frame.length);
  });
  await Promise.all(clients);
}

/** What batches say of the wire, each second of a boot counted once. */
function bytesIn(batches: SampleBatch[]): [bigint, bigint] {
  const rows = new Map<string, DomainSecond>();
  for (const { bootId, seconds } of batches) for (const row of seconds) rows.set(`${bootId} ${row.second}`, row);
  const sum = (of: (row: DomainSecond) => bigint) => rows.values().reduce((total, row) => total + of(row), 0n);
  return [sum((row) => row.bytesFromClient), sum((row) => row.bytesToClient)];
}

async function onDisk(): Promise<SampleBatch[]> {
  const folder = join(stateDir, 'spool');
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'latin1')));
  const lines = files.flatMap((text) => text.split('\n').slice(0, -1));
  return lines.map((line) => SampleBatch.decode(Buffer.from(line.split(' ')[2] ?? '', 'base64')));
}

async function inStream(): Promise<SampleBatch[]> {
  const { streams } = await jetstreamManager(connection);
  const { state } = await streams.info('SAMPLES');
  const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index);
  const messages = await Promise.all(sequences.map((seq) => streams.getMessage('SAMPLES', { seq })));
  return messages.flatMap((message) => (message ? SampleBatch.decode(message.data) : []));
}

async function untilAllIn(read: () => Promise<SampleBatch[]>): Promise<void> {
  while (bytesIn(await read())[1] < onTheWire) await sleep(50);
  expect(bytesIn(await read())).toEqual([onTheWire, onTheWire]);
}

const workersOf = ({ lines }: EdgeProcess) => [...new Set(lines.flatMap(({ worker }) => Number(worker) || []))];

test('the bytes of the samples are the bytes of the wire, after kills at each step', { timeout: 120_000 }, async () => {
  await nats.kill();
  let edge = await startEdge();
  await exchange(8);
  await untilAllIn(onDisk);

  process.kill(workersOf(edge)[0] ?? 0, 'SIGKILL');
  await edge.until(({ msg }) => msg === 'worker ended, starting another');
  await exchange(8);
  await untilAllIn(onDisk);

  edge.child.kill('SIGKILL');
  edge = await startEdge();
  await exchange(8);
  await untilAllIn(onDisk);

  await nats.restart();
  await connectAnew();
  await untilAllIn(inStream);
  await exchange(8);
  await untilAllIn(inStream);
  while ((await onDisk()).length > 0) await sleep(50);

  edge.child.kill('SIGKILL');
  edge = await startEdge();
  await exchange(8);
  await untilAllIn(inStream);
});
