import type { EdgeRollout, GetRolloutResponse } from '@longwire/contracts/config/v1/domain_service';
import type { KV } from '@nats-io/kv';
import { isSilent, readStatuses } from './edges.ts';

/** On how many edges a version is live, by what the edges last reported; those that have fallen silent are not counted. */
export async function rolloutOf(version: number, bucket: KV, now: Date): Promise<GetRolloutResponse> {
  const statuses = await readStatuses(bucket);
  const edges = statuses
    .filter((status) => !isSilent(status, now))
    .map(({ edgeId, configVersion, reportTime }): EdgeRollout => ({ edgeId, version: configVersion, reportTime }));
  return {
    version: BigInt(version),
    edgeCount: edges.length,
    liveCount: edges.filter((edge) => edge.version >= version).length,
    edges,
  };
}
