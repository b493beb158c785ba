import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { MetricsServiceService } from '@longwire/contracts/metrics/v1/metrics_service';
import { deadLetters, ensureStream } from '@longwire/eventlog';
import { bind, connectNats, createRegistry, runParts, serveAdmin, serveGrpc } from '@longwire/service';
import type { Logger, Service } from '@longwire/service';
import { openClickHouse } from './clickhouse.ts';
import type { Config } from './config.ts';
import { createFigures, watchLag } from './figures.ts';
import { durable, ingest, samplesStream } from './ingest.ts';
import { ChangedMigration, migrate, readMigrations } from './migrate.ts';
import { metricsHandlers, policy } from './queries.ts';

export type MetricsService = Service & { grpcAddress: string; adminAddress: string };

/**
 * Starts ingestion and queries. It needs NATS to start and waits for it; ClickHouse may come later, and go: samples wait
 * in the stream and queries say UNAVAILABLE meanwhile.
 */
export async function start(config: Config, log: Logger): Promise<MetricsService> {
  await using parts = new AsyncDisposableStack();
  const missing = new Set(['the schema is not in place', 'the consumer does not run']);
  const registry = createRegistry();
  const admin = parts.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing], registry));

  const clickhouse = openClickHouse(config.CLICKHOUSE_URL);
  parts.defer(() => clickhouse.close());
  const nc = await connectNats(config.NATS_URL, 'metrics', log);
  parts.defer(() => nc.drain());
  await ensureStream(nc, samplesStream);
  await ensureStream(nc, deadLetters());
  watchLag(registry, nc, samplesStream.name, durable);

  const consumer = ingest({ nc, clickhouse, figures: createFigures(registry), log });
  const { failed } = parts.use(runParts([{ run: work }]));

  const grpc = parts.use(
    await serveGrpc({
      config,
      services: [bind(MetricsServiceService, metricsHandlers(clickhouse))],
      policy,
      log,
    }),
  );
  parts.defer(() => void missing.add('it is stopping'));

  return Object.assign(parts.move(), { grpcAddress: grpc.address, adminAddress: admin.address, failed });

  async function work(signal: AbortSignal): Promise<void> {
    await migrateForSure(clickhouse, log, signal);
    missing.delete('the schema is not in place');
    if (signal.aborted) return;
    missing.delete('the consumer does not run');
    await consumer.run(signal).finally(() => missing.add('the consumer does not run'));
  }
}

/** Migrates as soon as ClickHouse lets it. @throws ChangedMigration: that does not pass by waiting */
async function migrateForSure(clickhouse: ClickHouseClient, log: Logger, signal: AbortSignal): Promise<void> {
  const migrations = await readMigrations();
  for (let pauseMs = 250; !signal.aborted; pauseMs = Math.min(2 * pauseMs, 10_000)) {
    try {
      const applied = await migrate(clickhouse, migrations);
      log.info({ applied: applied.map(({ name }) => name) }, 'schema in place');
      return;
    } catch (error) {
      if (error instanceof ChangedMigration) throw error;
      log.warn({ err: error }, 'migration failed');
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {}); // The loop looks at the signal.
  }
}
