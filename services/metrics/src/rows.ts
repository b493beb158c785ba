import { SampleBatch } from '@longwire/contracts/edge/v1/samples';
import type { CloseCount, DomainSecond } from '@longwire/contracts/edge/v1/samples';

/** A row of table `samples` as JSONEachRow carries it; 64-bit integers travel as text, so that none is rounded. */
export type SampleRow = {
  account_id: string;
  domain_name: string;
  /** Seconds since 1970-01-01T00:00:00Z. */
  second: number;
  edge_id: string;
  boot_id: string;
  sequence: string;
  bytes_from_client: string;
  bytes_to_client: string;
  messages_from_client: string;
  messages_to_client: string;
  active_connections: string;
  opened_connections: string;
  closed_connections: string;
  handshake_statuses: Record<string, string>;
  /** By side/cause/code. */
  closes: Record<string, string>;
  handshake_durations: string[];
  client_round_trips: string[];
  origin_round_trips: string[];
};

/** A message of stream SAMPLES that no table can hold as what it claims to be. */
export class UndecodableBatch extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(why, options);
    this.name = 'UndecodableBatch';
  }
}

/**
 * The rows of one message of stream SAMPLES. What passes here fits the table: an insert never fails for one message's sake.
 * @param storedAt when the stream took the message, in milliseconds: seconds far from it come of a clock that is wrong
 * @throws UndecodableBatch
 */
export function readRows(data: Uint8Array, storedAt: number): SampleRow[] {
  const { edgeId, bootId, sequence, seconds } = decode(data);
  if (edgeId === '' || bootId === '') throw new UndecodableBatch('names no edge or no boot');
  if (sequence < 1n) throw new UndecodableBatch('has no sequence');
  return seconds.map((sample) => {
    refuseImpossible(sample, storedAt);
    return {
      account_id: sample.accountId,
      domain_name: sample.domainName,
      second: Number(sample.second),
      edge_id: edgeId,
      boot_id: bootId,
      sequence: String(sequence),
      bytes_from_client: String(sample.bytesFromClient),
      bytes_to_client: String(sample.bytesToClient),
      messages_from_client: String(sample.messagesFromClient),
      messages_to_client: String(sample.messagesToClient),
      active_connections: String(sample.activeConnections),
      opened_connections: String(sample.openedConnections),
      closed_connections: String(sample.closedConnections),
      handshake_statuses: Object.fromEntries(
        Object.entries(sample.handshakeStatuses).map(([code, count]) => [code, String(count)]),
      ),
      closes: Object.fromEntries(
        sample.closes.map(({ side, cause, code, count }) => [`${side}/${cause}/${code}`, String(count)]),
      ),
      handshake_durations: sample.handshakeDurations.map(String),
      client_round_trips: sample.clientRoundTrips.map(String),
      origin_round_trips: sample.originRoundTrips.map(String),
    };
  });
}

// An edge that was cut off sends its spool when it is back. The window also bounds the day partitions that an insert
// touches: ClickHouse refuses more than 100.
const lateSeconds = 7 * 86_400;
const earlySeconds = 3_600;

function decode(data: Uint8Array): SampleBatch {
  try {
    return SampleBatch.decode(data);
  } catch (cause) {
    throw new UndecodableBatch('is no SampleBatch', { cause });
  }
}

function refuseImpossible(sample: DomainSecond, storedAt: number): void {
  if (sample.domainName === '' || sample.accountId === '') throw new UndecodableBatch('names no domain or no account');
  const age = storedAt / 1_000 - Number(sample.second);
  if (age > lateSeconds || age < -earlySeconds) throw new UndecodableBatch('the clock of the edge is wrong');
  const histograms = [sample.handshakeDurations, sample.clientRoundTrips, sample.originRoundTrips];
  const counts = [
    sample.bytesFromClient,
    sample.bytesToClient,
    sample.messagesFromClient,
    sample.messagesToClient,
    sample.activeConnections,
    sample.openedConnections,
    sample.closedConnections,
    ...Object.values(sample.handshakeStatuses),
    ...sample.closes.map(({ count }) => count),
    ...histograms.flat(),
  ];
  if (counts.some((count) => count < 0n)) throw new UndecodableBatch('has a negative count');
  const codes = Object.keys(sample.handshakeStatuses).map(Number);
  if (codes.some((code) => code < 100 || code > 599)) throw new UndecodableBatch('has a status that is none of HTTP');
  if (histograms.some(({ length }) => length > 20)) throw new UndecodableBatch('has a histogram of too many buckets');
  if (!sample.closes.every(isClose)) throw new UndecodableBatch('has a close that is none');
}

function isClose({ side, cause, code }: CloseCount): boolean {
  return ['client', 'origin', 'edge'].includes(side) && /^[a-z_]{1,40}$/.test(cause) && code >= 0 && code <= 0xffff;
}
