import { durationFromMs, timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { metricsService, readProblem } from '../api.ts';
import { bitsPerSecond, bytes, count } from '../figures.ts';
import { Chart } from '../parts/chart.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loading } from '../parts/loading.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { statusSeries } from '../status-series.ts';

type Range = { text: string; lengthMs: number; intervalMs: number; refreshMs: number };

const minute = 60_000;
const ranges = {
  '5m': { text: '5 minutes', lengthMs: 5 * minute, intervalMs: 1_000, refreshMs: 2_000 },
  '1h': { text: '1 hour', lengthMs: 60 * minute, intervalMs: 10_000, refreshMs: 10_000 },
  '24h': { text: '24 hours', lengthMs: 24 * 60 * minute, intervalMs: 5 * minute, refreshMs: minute },
} satisfies Record<string, Range>;
type RangeName = keyof typeof ranges;

// Edges report a second after its end: the newest one would look like a drop.
const settleMs = 2_000;

/** Bandwidth and HTTP status codes of a domain over time. */
export default function DomainMonitoring({ domainName }: { domainName: string }) {
  const [rangeName, setRangeName] = useState<RangeName>('5m');
  return (
    <>
      <fieldset className="segments">
        <legend className="hidden">Range</legend>
        {Object.entries(ranges).map(([name, { text }]) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === rangeName}
            onClick={() => setRangeName(name as RangeName)}
          >
            {text}
          </button>
        ))}
      </fieldset>
      <Bandwidth domainName={domainName} rangeName={rangeName} />
      <StatusCodes domainName={domainName} rangeName={rangeName} />
    </>
  );
}

type Props = { domainName: string; rangeName: RangeName };

function Bandwidth({ domainName, rangeName }: Props) {
  const range = ranges[rangeName];
  const query = useQuery({
    queryKey: ['bandwidth', domainName, rangeName],
    queryFn: async ({ signal }) =>
      (await metricsService.queryBandwidth({ domainNames: [domainName], ...spanOf(range) }, { signal })).points,
    refetchInterval: range.refreshMs,
    placeholderData: keepPreviousData,
  });
  const points = query.data ?? [];
  const toClient = points.map((point) => point.toClientBps);
  const fromClient = points.map((point) => point.fromClientBps);
  const totals = {
    toClient: points.reduce((sum, point) => sum + Number(point.bytesToClient), 0),
    fromClient: points.reduce((sum, point) => sum + Number(point.bytesFromClient), 0),
  };
  return (
    <section className="card" aria-labelledby="bandwidth">
      <h2 id="bandwidth">Bandwidth</h2>
      {query.isError && <ProblemNote problem={readProblem(query.error)} />}
      {query.isPending && <Loading rows={5} />}
      {query.data && (
        <>
          <dl className="figures">
            <Figure name="Peak to clients" text={bitsPerSecond(Math.max(0, ...toClient))} />
            <Figure name="Peak from clients" text={bitsPerSecond(Math.max(0, ...fromClient))} />
            <Figure name="Sent to clients" text={bytes(totals.toClient)} />
            <Figure name="Received from clients" text={bytes(totals.fromClient)} />
          </dl>
          <Chart
            times={points.map(({ time }) => (time ? timestampMs(time) / 1000 : 0))}
            series={[
              { name: 'To clients', colour: '--series-1', values: toClient },
              { name: 'From clients', colour: '--series-2', values: fromClient },
            ]}
            kind="lines"
            format={bitsPerSecond}
            empty="No traffic in this time."
          />
          <Figures
            caption={`Bandwidth of ${domainName}, ${range.text}`}
            columns={['To clients', 'From clients']}
            rows={points
              .filter((point) => point.toClientBps > 0 || point.fromClientBps > 0)
              .map((point) => ({
                time: point.time,
                cells: [point.toClientBps, point.fromClientBps].map(bitsPerSecond),
              }))}
          />
        </>
      )}
    </section>
  );
}

function StatusCodes({ domainName, rangeName }: Props) {
  const range = ranges[rangeName];
  const query = useQuery({
    queryKey: ['status-codes', domainName, rangeName],
    queryFn: async ({ signal }) =>
      (await metricsService.queryStatusCodes({ domainNames: [domainName], ...spanOf(range) }, { signal })).points,
    refetchInterval: range.refreshMs,
    placeholderData: keepPreviousData,
  });
  const points = query.data ?? [];
  const series = statusSeries(points);
  return (
    <section className="card" aria-labelledby="status-codes">
      <h2 id="status-codes">HTTP status codes</h2>
      <p className="muted">What clients got for their handshakes; 101 is a connection.</p>
      {query.isError && <ProblemNote problem={readProblem(query.error)} />}
      {query.isPending && <Loading rows={5} />}
      {query.data && (
        <>
          <dl className="figures">
            <Figure name="Handshakes" text={count(series.flatMap(({ values }) => values).reduce(add, 0))} />
            {series.map(({ name, values }) => (
              <Figure key={name} name={name} text={count(values.reduce(add, 0))} />
            ))}
          </dl>
          <Chart
            times={points.map(({ time }) => (time ? timestampMs(time) / 1000 : 0))}
            series={series}
            kind="stack"
            format={count}
            empty="No handshake in this time."
          />
          <Figures
            caption={`HTTP status codes of ${domainName}, ${range.text}`}
            columns={series.map(({ name }) => name)}
            rows={points.flatMap((point, index) =>
              point.counts.length === 0
                ? []
                : [{ time: point.time, cells: series.map(({ values }) => count(values[index] ?? 0)) }],
            )}
          />
        </>
      )}
    </section>
  );
}

const add = (sum: number, value: number) => sum + value;

function Figure({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

/** The range up to now, at whole intervals. */
function spanOf({ lengthMs, intervalMs }: Range) {
  const end = Math.floor((Date.now() - settleMs) / intervalMs) * intervalMs;
  return {
    startTime: timestampFromMs(end - lengthMs),
    endTime: timestampFromMs(end),
    interval: durationFromMs(intervalMs),
  };
}
