import type { EdgeRollout, GetRolloutResponse } from '@longwire/contracts/config/v1/domain_service';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import type { KV } from '@nats-io/kv';

/** An edge that has not reported for longer is not counted: it is gone, or cut off and serves what it last knew. */
const silentMs = 30_000;

/** On how many edges a version is live, by what the edges last reported into the bucket `edge-status`. */
export async function rolloutOf(version: number, bucket: KV, now: Date): Promise<GetRolloutResponse> {
  const edges: EdgeRollout[] = [];
  for await (const entry of await bucket.history()) {
    if (entry.operation !== 'PUT') continue;
    const { edgeId, configVersion, reportTime } = EdgeStatus.fromJSON(entry.json());
    if (!reportTime || Number(now) - Number(reportTime) > silentMs) continue;
    edges.push({ edgeId, version: configVersion, reportTime });
  }
  return {
    version: BigInt(version),
    edgeCount: edges.length,
    liveCount: edges.filter((edge) => edge.version >= version).length,
    edges: edges.toSorted((one, other) => (one.edgeId < other.edgeId ? -1 : 1)),
  };
}
