import type { EdgeRollout, GetRolloutResponse } from '@longwire/contracts/config/v1/domain_service';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import type { BucketEntry } from '@longwire/eventlog';
import type { Duration } from '@longwire/contracts/google/protobuf/duration';
import { isSilent } from './edges.ts';
import type { DomainView } from './read-model.ts';

/** How many versions of each edge are remembered with their times. */
const mostPoints = 10_000;

/** That an edge runs a version, and when it first said so; undefined where it may have said so before, unheard. */
type Point = { version: bigint; time: Date | undefined };

/** An edge's last report, and what it has run since its start. */
type Edge = { status: EdgeStatus; points: Point[] };

/** How far settings have come, by what edges report in the bucket `edge-status`. All times are of the server's clock. */
export class Rollouts {
  readonly #edges = new Map<string, Edge>();

  /** Takes an edge's report. */
  fold({ key, value, time, isNews }: BucketEntry): void {
    if (value === undefined) return void this.#edges.delete(key);
    const status = EdgeStatus.fromJSON(JSON.parse(new TextDecoder().decode(value)));
    const known = this.#edges.get(key);
    const points = known?.status.bootId === status.bootId ? known.points : [];
    if (points.length >= mostPoints) points.splice(0, mostPoints / 2);
    const version = status.configVersion;
    if (version > (points.at(-1)?.version ?? -1n)) points.push({ version, time: isNews ? time : undefined });
    this.#edges.set(key, { status, points });
  }

  /** On how many edges a version of a domain is live; edges that have fallen silent are not counted. */
  of(view: Version, now: Date): GetRolloutResponse {
    const reporting = [...this.#edges.values()].filter(({ status }) => !isSilent(status, now));
    const edges = reporting
      .map((edge) => ({ edge, isLive: runs(edge.status, view), delayMs: delayOf(edge, view) }))
      .toSorted((one, other) => (one.edge.status.edgeId < other.edge.status.edgeId ? -1 : 1));
    const delays = edges.flatMap(({ delayMs }) => delayMs ?? []).toSorted((one, other) => one - other);
    return {
      version: BigInt(view.version),
      edgeCount: edges.length,
      liveCount: edges.filter(({ isLive }) => isLive).length,
      edges: edges.map(({ edge, delayMs }) => edgeRollout(edge.status, delayMs)),
      medianDelay: duration(quantile(delays, 0.5)),
      p99Delay: duration(quantile(delays, 0.99)),
      longestDelay: duration(delays.at(-1)),
    };
  }
}

type Version = Pick<DomainView, 'key' | 'version' | 'storedTime'>;

/** An edge that could not take the domain's config goes on with an earlier one, whatever it runs of others. */
function runs({ configVersion, refusedConfigs }: EdgeStatus, { key, version }: Version): boolean {
  return configVersion >= version && !refusedConfigs.some((refused) => refused.key === key);
}

/** Milliseconds; undefined when the edge does not run the version, and when the first report of it was not seen. */
function delayOf({ status, points }: Edge, wanted: Version): number | undefined {
  const at = points.findIndex(({ version }) => version >= wanted.version);
  const time = at > 0 && runs(status, wanted) ? points[at]?.time : undefined; // it may run the first for long
  return time && Math.max(0, time.getTime() - wanted.storedTime.getTime());
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
