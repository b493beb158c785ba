import { AggregatorRegistry } from 'prom-client';
import type { Metrics } from './carrier.ts';

/**
 * What processes that are gone had counted, as far as it was seen. Without it the edge's sums would fall when a worker
 * dies, which Prometheus takes for a restart, and counts what the others had once more.
 */
export class CountersOfTheDead<Process extends object> {
  readonly #seen = new WeakMap<Process, Metrics>();
  #counters: Metrics = [];

  seen(process: Process, metrics: Metrics): void {
    this.#seen.set(process, metrics);
  }

  async died(process: Process): Promise<void> {
    const seen = this.#seen.get(process) ?? [];
    const rising = seen.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
    this.#counters = await AggregatorRegistry.aggregate([this.#counters, rising]).getMetricsAsJSON();
  }

  get counters(): Metrics {
    return this.#counters;
  }
}
