import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** What an operator watches of the way from stream SAMPLES into ClickHouse. */
export type Figures = ReturnType<typeof createFigures>;

export function createFigures(registry: Registry) {
  const registers = [registry];
  return {
    rowsInserted: new Counter({
      name: 'longwire_metrics_rows_inserted_total',
      help: 'Rows that ClickHouse confirmed, replays included.',
      registers,
    }),
    insertSeconds: new Histogram({
      name: 'longwire_metrics_insert_seconds',
      help: 'How long ClickHouse took to confirm an insert.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    insertFailures: new Counter({
      name: 'longwire_metrics_insert_failures_total',
      help: 'Inserts that failed and were tried again.',
      registers,
    }),
    undecodable: new Counter({
      name: 'longwire_metrics_undecodable_total',
      help: 'Messages of stream SAMPLES that went to the dead letters.',
      registers,
    }),
  };
}

/** Registers the lag: messages that wait in the stream or for their acknowledgement; NaN while NATS does not answer. */
export function watchLag(registry: Registry, nc: NatsConnection, stream: string, durable: string): void {
  const gauge: Gauge = new Gauge({
    name: 'longwire_metrics_samples_pending',
    help: 'Messages of stream SAMPLES that are not in ClickHouse yet.',
    registers: [registry],
    async collect() {
      gauge.set(await pending(nc, stream, durable).catch(() => Number.NaN));
    },
  });
}

async function pending(nc: NatsConnection, stream: string, durable: string): Promise<number> {
  const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: 1_000 });
  const { num_pending: waiting, num_ack_pending: underWay } = await jsm.consumers.info(stream, durable);
  return waiting + underWay;
}
