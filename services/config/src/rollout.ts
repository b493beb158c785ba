import type { EdgeRollout, GetRolloutResponse } from '@longwire/contracts/config/v1/domain_service';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { isStreamMissing } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';

/** An edge that has not reported for longer is not counted: it is gone, or cut off and serves what it last knew. */
const silentMs = 30_000;

/** On how many edges a version is live, by what the edges last reported into the bucket `edge-status`. */
export async function rolloutOf(version: number, bucket: KV, now: Date): Promise<GetRolloutResponse> {
  const edges = (await readStatuses(bucket)).flatMap(({ edgeId, configVersion, reportTime }): EdgeRollout[] =>
    reportTime && Number(now) - Number(reportTime) <= silentMs ? [{ edgeId, version: configVersion, reportTime }] : [],
  );
  return {
    version: BigInt(version),
    edgeCount: edges.length,
    liveCount: edges.filter((edge) => edge.version >= version).length,
    edges: edges.toSorted((one, other) => (one.edgeId < other.edgeId ? -1 : 1)),
  };
}

/** Empty as well when no edge has ever made the bucket. */
async function readStatuses(bucket: KV): Promise<EdgeStatus[]> {
  const statuses: EdgeStatus[] = [];
  try {
    for await (const entry of await bucket.history()) {
      if (entry.operation === 'PUT') statuses.push(EdgeStatus.fromJSON(entry.json()));
    }
  } catch (error) {
    if (!isStreamMissing(error)) throw error;
  }
  return statuses;
}
