import { randomUUID } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRegistry, formatAddress, serveAdmin, type Logger, type Service } from '@longwire/service';
import { AggregatorRegistry, type Registry } from 'prom-client';
import type { Carriers, Report } from './carrier.ts';
import type { Config } from './config.ts';
import { ConfigHealth } from './config-health.ts';
import { Configs } from './configs.ts';
import { startControl } from './control.ts';
import { DataPlane } from './data-plane.ts';
import { Distribution } from './distribution.ts';
import { ownEdgeId } from './edge-id.ts';
import { watchControl } from './metrics.ts';
import { OneProcess } from './one-process.ts';
import { StatusReport } from './report-status.ts';
import { settlePort } from './shared-port.ts';
import { SpoolFiles } from './spool-files.ts';
import { Spool } from './spool.ts';
import { openState } from './state.ts';
import { TicketKeys } from './ticket-keys.ts';
import { Workers, type WorkersOptions } from './workers.ts';

export type EdgeService = Service & {
  readonly edgeId: string;
  readonly address: string;
  /** Where TLS is spoken, host:port; undefined when it is not. */
  readonly tlsAddress: string | undefined;
  readonly adminAddress: string;
};

/** What stopping takes after the last tunnel is gone. */
const LAST_SAMPLES_MS = 5_000;
const SPOOL_BYTES = 64 * 1024 * 1024;

/**
 * Starts the edge: the half that speaks to the control plane and to the operator runs here, the half that carries clients
 * here too or in workers. It is ready as soon as all of them listen and a config is there, from the control plane or from
 * its file. Stopping: not ready, accepting for a while, then no more; tunnels closed with 1012, the last samples sent.
 */
export async function start(config: Config, log: Logger): Promise<EdgeService> {
  await using parts = new AsyncDisposableStack();
  const missing = new Set(['there is no config yet']);
  const registry = createRegistry();
  await mkdir(config.EDGE_STATE_DIR, { recursive: true });
  const { files, left } = await SpoolFiles.open(join(config.EDGE_STATE_DIR, 'spool'), log);
  if (left.length > 0) log.info({ batches: left.length }, 'samples of an earlier process are sent');
  const spool = new Spool(SPOOL_BYTES, files, left);
  parts.defer(() => files.settled);
  const configs = new Configs();
  const tickets = parts.use(new TicketKeys((ticketKeys) => void carriers.ask({ name: 'sealTickets', ticketKeys })));
  const known = () => ({ configs: configs.all, ticketKeys: tickets.current });
  const carriers = openCarriers(config, registry, log, known, ({ batches }) => spool.add(batches));
  const whole = { contentType: registry.contentType, metrics: () => metricsOfAll(registry, carriers) };
  const admin = parts.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing, ...carriers.missing()], whole));

  const edgeId = config.EDGE_ID ?? (await ownEdgeId(config.EDGE_STATE_DIR));
  const bootId = randomUUID();
  const softwareVersion = await ownVersion();
  const startTime = new Date();
  const state = parts.use(await openState(config.EDGE_STATE_DIR, configs, log));
  const health = new ConfigHealth(log);
  if (state.writtenAt) {
    missing.delete('there is no config yet');
    health.loaded(state.writtenAt);
  }

  const distribution = new Distribution(
    (some) => carriers.ask({ name: 'apply', configs: some }),
    () => status.changed(),
    log,
  );
  const status = new StatusReport(() => ({
    edgeId,
    bootId,
    configVersion: distribution.version,
    activeConnections: carriers.tunnels,
    startTime,
    reportTime: new Date(),
    workerCount: config.EDGE_WORKERS,
    readyWorkerCount: carriers.ready,
    softwareVersion,
    configConfirmTime: health.confirmedTime,
    refusedConfigs: health.refusedConfigs,
  }));
  watchControl(registry, {
    configVersion: () => Number(distribution.version),
    configAge: () => health.ageSeconds,
    refusedConfigs: () => health.refusedConfigs.length,
    batchesWaiting: () => spool.size,
    batchesDropped: () => spool.dropped,
  });

  parts.defer(() => carriers.stop());
  const shared = await settlePort(config.EDGE_LISTEN);
  const tlsListen = config.EDGE_TLS_LISTEN;
  const tls = tlsListen && { host: tlsListen.host, port: (await settlePort(tlsListen)).port };
  const port = await carriers.start({ name: 'start', edgeId, ...shared, tlsPort: tls?.port, ...known() });
  distribution.version = configs.version;
  parts.use(
    startControl({
      natsUrl: config.NATS_URL,
      edgeId,
      events: {
        onConfig(key, domainConfig) {
          health.taken(key);
          if (!configs.take(domainConfig)) return;
          distribution.handOn(domainConfig);
          state.changed();
        },
        onRefused(key, error) {
          health.refused(key, error);
          status.changed();
        },
        onSnapshot() {
          missing.delete('there is no config yet');
          health.following();
        },
        onLost: () => health.lost(),
      },
      status,
      spool,
      rpc: { edgeId, carriers, log },
      log,
    }),
  );
  parts.defer(async () => {
    missing.add('it is stopping');
    await sleep(Math.min(config.EDGE_DRAIN_ACCEPT_MS, config.EDGE_DRAIN_DEADLINE_MS));
    await carriers.ask({ name: 'stopAccepting' });
    await carriers.ask({ name: 'drain' });
  });

  const running = parts.move();
  return {
    edgeId,
    address: formatAddress({ ...config.EDGE_LISTEN, port }),
    tlsAddress: tls && formatAddress(tls),
    adminAddress: admin.address,
    stopBudgetMs: config.EDGE_DRAIN_DEADLINE_MS + LAST_SAMPLES_MS,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function ownVersion(): Promise<string> {
  const { version }: { version: string } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return version;
}

function openCarriers(
  config: Config,
  registry: Registry,
  log: Logger,
  known: WorkersOptions['known'],
  onReport: (report: Report) => void,
): Carriers {
  if (config.EDGE_WORKERS > 1) return new Workers({ count: config.EDGE_WORKERS, log, onReport, known });
  return new OneProcess((report) => new DataPlane(config, registry, log, report), onReport);
}

async function metricsOfAll(registry: Registry, carriers: Carriers): Promise<string> {
  const others = await carriers.metrics();
  if (others.length === 0) return registry.metrics();
  const own = await registry.getMetricsAsJSON();
  return AggregatorRegistry.aggregate([own, ...others]).metrics();
}
