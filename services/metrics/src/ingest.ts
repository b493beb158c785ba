import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { consumeBatches } from '@longwire/eventlog';
import type { Running } from '@longwire/eventlog';
import type { Logger } from '@longwire/service';
import { DiscardPolicy, RetentionPolicy } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { insertSamples } from './clickhouse.ts';
import type { Figures } from './figures.ts';
import { readRows, UndecodableBatch } from './rows.ts';
import type { SampleRow } from './rows.ts';

/** The stream that edges write to: a day's room for ClickHouse to be away, then the oldest goes. */
export const samplesStream = {
  name: 'SAMPLES',
  subjects: ['samples.*'],
  retention: RetentionPolicy.Limits,
  discard: DiscardPolicy.Old,
  max_age: nanos(24 * 3_600_000),
};

export const durable = 'metrics';

/** In one insert: about 50 MB of JSON at most, 3.3 kB a row. The local ClickHouse takes 64 MiB. */
const maxRows = 15_000;

export type IngestDeps = { nc: NatsConnection; clickhouse: ClickHouseClient; figures: Figures; log: Logger };

/**
 * Moves samples from the stream into ClickHouse: one insert a batch, acknowledged after ClickHouse confirmed it. A crash
 * between the two repeats rows, which replace themselves. While ClickHouse is away the batch in hand is tried again and
 * nothing more is pulled: memory stays at one batch, and the stream keeps the rest.
 */
export function ingest({ nc, clickhouse, figures, log }: IngestDeps): Running {
  return {
    run: (signal) =>
      consumeBatches<SampleRow[]>({
        nc,
        stream: samplesStream.name,
        durable,
        size: 100,
        waitMs: 1_000,
        maxAttempts: Infinity,
        decode: ({ data, time }) => readRows(data, time.getTime()),
        handle: (batches) => insertAll(batches.flat(), signal),
        onRetry: (error) => {
          if (signal.aborted) return;
          if (error instanceof UndecodableBatch) figures.undecodable.inc();
          log.warn({ err: error }, 'samples not taken');
        },
      }).run(signal),
  };

  async function insertAll(rows: SampleRow[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < rows.length; from += maxRows) {
      await insertForSure(rows.slice(from, from + maxRows), signal);
    }
  }

  async function insertForSure(rows: SampleRow[], signal: AbortSignal): Promise<void> {
    for (let pauseMs = 250; !(await inserted(rows)); pauseMs = Math.min(2 * pauseMs, 10_000)) {
      await sleep(pauseMs, undefined, { signal }); // A stop throws: the batch goes back to the stream.
    }
  }

  async function inserted(rows: SampleRow[]): Promise<boolean> {
    const done = figures.insertSeconds.startTimer();
    try {
      await insertSamples(clickhouse, rows);
    } catch (error) {
      figures.insertFailures.inc();
      log.warn({ err: error, rows: rows.length }, 'insert failed');
      return false;
    }
    done();
    figures.rowsInserted.inc(rows.length);
    return true;
  }
}
