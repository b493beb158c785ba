import { durationMs } from '@bufbuild/protobuf/wkt';
import type { Duration } from '@bufbuild/protobuf/wkt';
import { useQuery } from '@tanstack/react-query';
import { duration } from '../parts/due-clock.tsx';
import { deskFiguresQuery } from '../queries.ts';

/** How long the queue is, and how fast it is answered. */
export function DeskFigures() {
  const { data } = useQuery(deskFiguresQuery);
  const figures = [
    ['Waiting', data?.pendingCount],
    ['Claimed', data?.claimedCount],
    ['Overdue', data?.overdueCount],
    ['Answered in 30 days', data?.answeredCount],
    ['Answered late', data?.lateCount],
    ['Half within', tookText(data?.answerP50)],
    ['95% within', tookText(data?.answerP95)],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  );
}

function tookText(took: Duration | undefined): string | undefined {
  return took && duration(durationMs(took));
}
