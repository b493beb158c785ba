import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useColourScheme } from '../use-colour-scheme.ts';

type Line = {
  name: string;
  /** The custom property of the style sheet that holds its colour. */
  colour: string;
};
export type Series = Line & { values: number[] };

type Props = {
  /** Seconds since 1970, one for each value. */
  times: number[];
  series: Series[];
  kind: 'lines' | 'stack';
  format: (value: number) => string;
};

const height = 220;
/** Between the times that are written under a chart, in seconds. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Values over time. Screen readers pass it over: the figures beside it and its table say the same in words. */
export function Chart({ empty, ...plot }: Props & { empty: string }) {
  const scheme = useColourScheme();
  const isEmpty = hasNothing(plot.series.map(({ values }) => values));
  return (
    <div className="chart" aria-hidden="true">
      <Plot key={scheme} {...plot} />
      {isEmpty && <p className="chart-empty">{empty}</p>}
    </div>
  );
}

function Plot({ times, series, kind, format }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const values = series.map((one) => one.values);
  const shown = useRef(values);
  // Another set of lines needs another plot; other values do not.
  const lines = JSON.stringify(series.map(({ name, colour }): Line => ({ name, colour })));

  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const drawn = new uPlot(optionsOf(element, JSON.parse(lines) as Line[], kind, format, shown), undefined, element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
    };
  }, [lines, kind, format]);

  useEffect(() => {
    shown.current = values;
    plot.current?.setData([times, ...(kind === 'stack' ? stack(values) : values)]);
  });

  return <div ref={frame} />;
}

function optionsOf(
  element: HTMLElement,
  lines: Line[],
  kind: Props['kind'],
  format: Props['format'],
  shown: { readonly current: number[][] },
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (property: string) => style.getPropertyValue(property).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const isWhole = (tick: number) => kind === 'lines' || Number.isInteger(tick);
  const bars = uPlot.paths.bars?.({ size: [0.9, 40, 1] }) ?? (() => null);
  const plotted = lines.map((one, index): uPlot.Series => ({
    label: one.name,
    stroke: colour(one.colour),
    width: kind === 'lines' ? 2 : 0,
    // The first line has its area filled, so that it is seen under another one that takes the same way.
    ...(kind === 'lines' && index === 0 && { fill: `${colour(one.colour)}2b` }),
    points: { show: false },
    value: (_, __, ___, at) => (at === null ? '–' : format(shown.current[index]?.[at] ?? 0)),
    ...(kind === 'stack' && { fill: colour(one.colour), paths: bars }),
  }));
  return {
    width: element.clientWidth,
    height,
    legend: { live: true },
    cursor: { drag: { setScale: false, x: false, y: false } },
    scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
    axes: [
      { ...axis, values: timeLabels, incrs: timeSteps, space: 80, size: 34 },
      {
        ...axis,
        size: 76,
        values: (_, ticks) => ticks.map((tick) => (hasNothing(shown.current) || !isWhole(tick) ? '' : format(tick))),
      },
    ],
    series: [{ value: (_, at) => (at === null ? '–' : new Date(at * 1000).toLocaleTimeString()) }, ...plotted],
  };
}

function hasNothing(values: number[][]): boolean {
  return values.every((column) => column.every((value) => value === 0));
}

/** Each series as the sum of itself and all after it: drawn in order, the later ones cover the lower part of the earlier ones. */
function stack(values: number[][]): number[][] {
  return values.map((column, index) =>
    column.map((value, at) => values.slice(index + 1).reduce((sum, above) => sum + (above[at] ?? 0), value)),
  );
}

function timeLabels(_: uPlot, ticks: number[], __: number, ___: number, stepSeconds: number): string[] {
  const format = new Intl.DateTimeFormat(undefined, { timeStyle: stepSeconds < 60 ? 'medium' : 'short' });
  return ticks.map((tick) => format.format(tick * 1000));
}
