import type { EdgeRollout, GetRolloutResponse } from '@longwire/contracts/config/v1/domain_service';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import type { BucketEntry } from '@longwire/eventlog';
import type { Duration } from '@longwire/contracts/google/protobuf/duration';
import { isSilent } from './edges.ts';

/** How many versions of each edge are remembered with their times. */
const mostPoints = 10_000;

/** An edge's last report, and when it first said that it runs which version; the first of them says nothing of when. */
type Edge = { status: EdgeStatus; points: { version: bigint; time: Date }[] };

/** How far settings have come, by what edges report in the bucket `edge-status`. All times are of the server's clock. */
export class Rollouts {
  readonly #edges = new Map<string, Edge>();

  /** Takes an edge's report. */
  fold({ key, value, time }: BucketEntry): void {
    if (value === undefined) return void this.#edges.delete(key);
    const status = EdgeStatus.fromJSON(JSON.parse(new TextDecoder().decode(value)));
    const known = this.#edges.get(key);
    const points = known?.status.bootId === status.bootId ? known.points : [];
    if (points.length >= mostPoints) points.splice(0, mostPoints / 2);
    const version = status.configVersion;
    if (version > (points.at(-1)?.version ?? -1n)) points.push({ version, time });
    this.#edges.set(key, { status, points });
  }

  /** On how many edges a version is live that was stored at this time; edges that have fallen silent are not counted. */
  of(version: number, storedTime: Date, now: Date): GetRolloutResponse {
    const reporting = [...this.#edges.values()].filter(({ status }) => !isSilent(status, now));
    const edges = reporting
      .map((edge) => ({ edge, delayMs: delayOf(edge, BigInt(version), storedTime) }))
      .toSorted((one, other) => (one.edge.status.edgeId < other.edge.status.edgeId ? -1 : 1));
    const delays = edges.flatMap(({ delayMs }) => delayMs ?? []).toSorted((one, other) => one - other);
    return {
      version: BigInt(version),
      edgeCount: edges.length,
      liveCount: edges.filter(({ edge }) => edge.status.configVersion >= version).length,
      edges: edges.map(({ edge, delayMs }) => edgeRollout(edge.status, delayMs)),
      medianDelay: duration(quantile(delays, 0.5)),
      p99Delay: duration(quantile(delays, 0.99)),
      longestDelay: duration(delays.at(-1)),
    };
  }
}

/** Milliseconds; undefined when the edge ran the version at its first report that was seen, or does not run it. */
function delayOf({ points }: Edge, version: bigint, storedTime: Date): number | undefined {
  const at = points.findIndex((point) => point.version >= version);
  const point = points[at];
  return at > 0 && point ? Math.max(0, point.time.getTime() - storedTime.getTime()) : undefined;
}

function edgeRollout({ edgeId, configVersion, reportTime }: EdgeStatus, delayMs: number | undefined): EdgeRollout {
  return { edgeId, version: configVersion, reportTime, delay: duration(delayMs) };
}

/** The nearest rank: so large a part of the sorted values is not larger. */
function quantile(sorted: readonly number[], part: number): number | undefined {
  return sorted[Math.ceil(part * sorted.length) - 1];
}

function duration(milliseconds: number | undefined): Duration | undefined {
  if (milliseconds === undefined) return undefined;
  return { seconds: BigInt(Math.floor(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 };
}
