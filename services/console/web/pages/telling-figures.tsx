import { durationMs } from '@bufbuild/protobuf/wkt';
import type { Duration } from '@bufbuild/protobuf/wkt';
import { useQuery } from '@tanstack/react-query';
import { readProblem } from '../api.ts';
import { duration } from '../parts/due-clock.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { tellingFiguresQuery } from '../queries.ts';

/** How fast decisions were told in the last 30 days. */
export function TellingFigures() {
  const figures = useQuery(tellingFiguresQuery);
  const { decisionCount = 0, notMetCount = 0, p50, p95, max, limit } = figures.data ?? {};
  return (
    <section className="card" aria-labelledby="telling">
      <h2 id="telling">From a decision to its messages, last 30 days</h2>
      {figures.isError && <ProblemNote problem={readProblem(figures.error)} />}
      {figures.isPending && <Loading rows={1} />}
      {figures.data && (
        <dl className="figures">
          <Figure name="Decisions" text={String(decisionCount)} />
          <Figure name="Half within" text={durationText(p50)} />
          <Figure name="95% within" text={durationText(p95)} />
          <Figure name="Slowest" text={durationText(max)} />
          <Figure name={`Not within ${durationText(limit)}`} text={String(notMetCount)} />
        </dl>
      )}
    </section>
  );
}

function Figure({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

function durationText(length: Duration | undefined): string {
  return duration(length ? durationMs(length) : 0);
}
