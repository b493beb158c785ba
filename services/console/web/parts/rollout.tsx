import { useQuery } from '@tanstack/react-query';
import { rolloutQuery } from '../queries.ts';

/** On how many edges the present settings are live. Its line is always there, so that nothing moves when it changes. */
export function Rollout({ domainName, version }: { domainName: string; version: bigint }) {
  const { data, isError } = useQuery(rolloutQuery(domainName, version));
  return <output className="rollout">{textOf(data, isError)}</output>;
}

function textOf(data: { isThisVersion: boolean; edgeCount: number; liveCount: number } | undefined, isError: boolean) {
  if (isError && !data) return 'How far these settings have come is not known now.';
  if (!data?.isThisVersion) return 'On the way to the edges…';
  if (data.edgeCount === 0) return 'No edge has reported within the last 30 seconds.';
  const edges = data.edgeCount === 1 ? 'edge' : 'edges';
  return `Live on ${data.liveCount} of ${data.edgeCount} ${edges}.`;
}
