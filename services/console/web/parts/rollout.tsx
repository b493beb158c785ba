import type { Duration } from '@bufbuild/protobuf/wkt';
import { durationMs } from '@bufbuild/protobuf/wkt';
import { useQuery } from '@tanstack/react-query';
import { rolloutQuery } from '../queries.ts';

/** On how many edges the present settings are live. Its line is always there, so that nothing moves when it changes. */
export function Rollout({ domainName, version }: { domainName: string; version: bigint }) {
  const { data, isError } = useQuery(rolloutQuery(domainName, version));
  return <output className="rollout">{textOf(data, isError)}</output>;
}

type Rolled = { isThisVersion: boolean; edgeCount: number; liveCount: number; longestDelay: Duration | undefined };

function textOf(data: Rolled | undefined, isError: boolean): string {
  if (isError && !data) return 'How far these settings have come is not known now.';
  if (!data?.isThisVersion) return 'On the way to the edges…';
  const { edgeCount, liveCount, longestDelay } = data;
  if (edgeCount === 0) return 'No edge has reported within the last 30 seconds.';
  const edges = edgeCount === 1 ? 'edge' : 'edges';
  const isEverywhere = liveCount === edgeCount && longestDelay !== undefined;
  const time = isEverywhere ? ` in ${Math.max(0.1, durationMs(longestDelay) / 1000).toFixed(1)} s` : '';
  return `Live on ${liveCount} of ${edgeCount} ${edges}${time}.`;
}
