import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import { deskFigures } from './desk-figures.ts';
import type { DeskFigures } from './desk-figures.ts';
import type { ReadModel } from './read-model.ts';

const monthMs = 30 * 24 * 3_600_000;

/** Shows the review desk's figures to Prometheus: counted when they are asked for. */
export function exposeDesk(registry: Registry, model: ReadModel): void {
  const figures = () => deskFigures(model, new Date(), new Date(Date.now() - monthMs));
  const gauge = (name: string, help: string, figure: (figures: DeskFigures) => number) =>
    new Gauge({
      name: `longwire_activation_${name}`,
      help,
      registers: [],
      collect() {
        this.set(figure(figures()));
      },
    });
  const answerSeconds = new Gauge({
    name: 'longwire_activation_answer_seconds',
    help: 'From submission to answer, over the last 30 days; absent while there is no answer.',
    labelNames: ['quantile'],
    registers: [],
    collect() {
      this.reset();
      const { p50Ms, p95Ms } = figures();
      if (p50Ms !== undefined) this.set({ quantile: '0.5' }, p50Ms / 1000);
      if (p95Ms !== undefined) this.set({ quantile: '0.95' }, p95Ms / 1000);
    },
  });
  for (const metric of [
    gauge('queue_length', 'Applications that wait for a decision.', ({ pending }) => pending),
    gauge('queue_claimed', 'Those of them that a reviewer has taken up.', ({ claimed }) => claimed),
    gauge('queue_overdue', 'Those of them whose due time has passed.', ({ overdue }) => overdue),
    gauge('answers_late_30d', 'Answers of the last 30 days that came after their due time.', ({ late }) => late),
  ])
    registry.registerMetric(metric);
  registry.registerMetric(answerSeconds);
}

/** Counts due times on days that the desk's calendar does not know. */
export function countUncovered(registry: Registry): Counter {
  return new Counter({
    name: 'longwire_activation_due_times_past_calendar_total',
    help: 'Due times on days that the desk’s calendar does not cover: holidays are not known there.',
    registers: [registry],
  });
}
