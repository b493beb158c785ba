import { SampleBatch } from '@longwire/contracts/edge/v1/samples';
import type { DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { describe, expect, test } from 'vitest';
import { readRows, UndecodableBatch } from './rows.ts';

const second = 1_795_341_600n;
const storedAt = Number(second) * 1_000 + 400;
const sample: DomainSecond = {
  domainName: 'ws.example.com',
  accountId: 'acc-1',
  second,
  bytesFromClient: 2n ** 62n + 1n,
  bytesToClient: 7n,
  messagesFromClient: 3n,
  messagesToClient: 4n,
  activeConnections: 5n,
  openedConnections: 2n,
  closedConnections: 1n,
  handshakeStatuses: { 101: 2n, 403: 9n },
  closes: [
    { side: 'client', cause: 'close_frame', code: 1000, count: 1n },
    { side: 'edge', cause: 'heartbeat', code: 1001, count: 2n },
  ],
  handshakeDurations: [0n, 2n],
  clientRoundTrips: [],
  originRoundTrips: [1n],
};
const batch: SampleBatch = { edgeId: 'edge-1', bootId: 'boot-1', sequence: 12n, seconds: [sample] };
const read = (changed: Partial<SampleBatch>) =>
  readRows(SampleBatch.encode({ ...batch, ...changed }).finish(), storedAt);
const readSecond = (changed: Partial<DomainSecond>) => read({ seconds: [{ ...sample, ...changed }] });

test('a batch becomes a row per domain and second, every 64-bit integer to the last digit', () => {
  const twice = [sample, { ...sample, second: second + 1n }];
  expect(read({ seconds: twice })).toEqual([row(second), row(second + 1n)]);
});

test('a batch without seconds gives no rows', () => {
  expect(read({ seconds: [] })).toEqual([]);
});

test('a spool of six days is taken', () => {
  expect(readSecond({ second: second - 6n * 86_400n })).toHaveLength(1);
});

describe('refused is', () => {
  test.each<[string, Uint8Array]>([
    ['text', new TextEncoder().encode('{"edgeId":"edge-1"}')],
    ['nothing', new Uint8Array()],
    ['a batch cut short', SampleBatch.encode(batch).finish().subarray(0, -3)],
  ])('%s', (_, data) => expect(() => readRows(data, storedAt)).toThrow(UndecodableBatch));

  test.each<[string, Partial<SampleBatch>]>([
    ['no edge', { edgeId: '' }],
    ['no boot', { bootId: '' }],
    ['no sequence', { sequence: 0n }],
  ])('%s', (_, changed) => expect(() => read(changed)).toThrow(UndecodableBatch));

  test.each<[string, Partial<DomainSecond>]>([
    ['no domain', { domainName: '' }],
    ['no account', { accountId: '' }],
    ['a second of last month', { second: second - 30n * 86_400n }],
    ['a second of tomorrow', { second: second + 86_400n }],
    ['a second in milliseconds', { second: second * 1_000n }],
    ['a negative count', { bytesToClient: -1n }],
    ['a negative count of a status', { handshakeStatuses: { 101: -1n } }],
    ['a status that is none', { handshakeStatuses: { 70_000: 1n } }],
    ['a negative count of closes', { closes: [{ side: 'edge', cause: 'fin', code: 1006, count: -1n }] }],
    ['a close of nobody', { closes: [{ side: 'us', cause: 'fin', code: 1006, count: 1n }] }],
    ['a cause that could be another key', { closes: [{ side: 'edge', cause: 'fin/1006', code: 1006, count: 1n }] }],
    ['a code that no Close can carry', { closes: [{ side: 'edge', cause: 'fin', code: 65_536, count: 1n }] }],
    ['a histogram of too many buckets', { handshakeDurations: Array.from({ length: 21 }, () => 0n) }],
    ['a negative count of a histogram', { clientRoundTrips: [-1n] }],
  ])('%s', (_, changed) => expect(() => readSecond(changed)).toThrow(UndecodableBatch));
});

function row(second: bigint) {
  return {
    account_id: 'acc-1',
    domain_name: 'ws.example.com',
    second: Number(second),
    edge_id: 'edge-1',
    boot_id: 'boot-1',
    sequence: '12',
    bytes_from_client: '4611686018427387905',
    bytes_to_client: '7',
    messages_from_client: '3',
    messages_to_client: '4',
    active_connections: '5',
    opened_connections: '2',
    closed_connections: '1',
    handshake_statuses: { 101: '2', 403: '9' },
    closes: { 'client/close_frame/1000': '1', 'edge/heartbeat/1001': '2' },
    handshake_durations: ['0', '2'],
    client_round_trips: [],
    origin_round_trips: ['1'],
  };
}
