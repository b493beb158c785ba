import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { isStreamMissing } from '@longwire/eventlog';
import type { KV, KvEntry } from '@nats-io/kv';
import { errors } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';

/** An edge that has not reported for longer is gone, or cut off and serves what it last knew. */
const silentMs = 30_000;
/** How long edges may take to answer. */
const answerMs = 1_000;

/**
 * The edges' last reports, in the bucket `edge-status`; empty as well when no edge has ever made the bucket. What is no report
 * is passed over, and told by the part that follows the bucket.
 */
export async function readStatuses(bucket: KV): Promise<EdgeStatus[]> {
  const statuses: EdgeStatus[] = [];
  try {
    for await (const entry of await bucket.history()) {
      if (entry.operation === 'PUT') statuses.push(...readStatus(entry));
    }
  } catch (error) {
    if (!isStreamMissing(error)) throw error;
  }
  return statuses.toSorted((one, other) => (one.edgeId < other.edgeId ? -1 : 1));
}

function readStatus(entry: KvEntry): EdgeStatus[] {
  try {
    return [EdgeStatus.fromJSON(entry.json())];
  } catch {
    return [];
  }
}

/** Whether an edge's last report is too old to count on it. */
export function isSilent({ reportTime }: EdgeStatus, now: Date): boolean {
  return !reportTime || Number(now) - Number(reportTime) > silentMs;
}

export type Gathered<Answer> = {
  answers: Answer[];
  /** Of those expected: who did not answer in time. */
  silentEdgeIds: string[];
};

/** Asks all edges at once, and waits until each that is expected has answered, for 1 s at most. */
export async function gather<Answer extends { edgeId: string }>(
  nats: NatsConnection,
  subject: string,
  request: Uint8Array,
  expected: Iterable<string>,
  decode: (data: Uint8Array) => Answer,
): Promise<Gathered<Answer>> {
  const awaited = new Set(expected);
  const answers: Answer[] = [];
  try {
    for await (const { data } of await nats.requestMany(subject, request, { strategy: 'timer', maxWait: answerMs })) {
      const answer = decode(data);
      answers.push(answer);
      awaited.delete(answer.edgeId);
      if (awaited.size === 0) break;
    }
  } catch (error) {
    if (!(error instanceof errors.NoRespondersError)) throw error;
  }
  return { answers, silentEdgeIds: [...awaited] };
}
