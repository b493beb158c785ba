import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createRegistry, serveAdmin, type Logger, type Service } from '@longwire/service';
import type { Config } from './config.ts';
import { startControl } from './control.ts';
import { Edge } from './edge.ts';
import { ownEdgeId } from './edge-id.ts';
import { leadsTo, listen } from './listener.ts';
import { createMetrics, watchState } from './metrics.ts';
import { StatusReport } from './report-status.ts';
import { Sampler } from './samples.ts';
import { Spool } from './spool.ts';
import { openState } from './state.ts';

export type EdgeService = Service & {
  readonly edgeId: string;
  readonly address: string;
  readonly adminAddress: string;
};

const CONNECT_MS = 3_000;
const HEAD_MS = 10_000;
const SPOOL_BYTES = 64 * 1024 * 1024;

/**
 * Starts the edge. It listens at once; it is ready as soon as it has a config, from the control plane or from its file.
 * Stopping: not ready, no more accepting, tunnels closed with 1012, the last samples sent.
 */
export async function start(config: Config, log: Logger): Promise<EdgeService> {
  await using parts = new AsyncDisposableStack();
  const missing = new Set(['there is no config yet', 'it does not listen yet']);
  const registry = createRegistry();
  const admin = parts.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing], registry));

  await mkdir(config.EDGE_STATE_DIR, { recursive: true });
  const edgeId = config.EDGE_ID ?? (await ownEdgeId(config.EDGE_STATE_DIR));
  const bootId = randomUUID();
  const startTime = new Date();
  const spool = new Spool(SPOOL_BYTES);
  const sampler = new Sampler(edgeId, bootId, secondOf(Date.now()));
  const endSecond = () => spool.add(sampler.endSecond(edge.routes.domains, secondOf(Date.now())));
  const listener: { host: string; port: number } = { ...config.EDGE_LISTEN };
  const edge = new Edge({
    idPrefix: bootId.slice(0, 8),
    dialPolicy: {
      allow: config.ORIGIN_ALLOW,
      isSelf: (address, port) => leadsTo(listener, address, port),
      timeoutMs: CONNECT_MS,
    },
    headTimeoutMs: HEAD_MS,
    metrics: createMetrics(registry),
    log,
    onSecond: endSecond,
  });
  watchState(registry, {
    tunnels: () => edge.tunnels,
    configVersion: () => Number(edge.routes.version),
    batchesWaiting: () => spool.size,
    batchesDropped: () => spool.dropped,
  });

  const state = parts.use(await openState(config.EDGE_STATE_DIR, edge.routes, log));
  if (state.found) missing.delete('there is no config yet');

  const status = new StatusReport(() => ({
    edgeId,
    bootId,
    configVersion: edge.routes.version,
    activeConnections: edge.tunnels,
    startTime,
    reportTime: new Date(),
  }));
  parts.use(
    startControl({
      natsUrl: config.NATS_URL,
      edgeId,
      events: {
        onConfig(domainConfig) {
          if (!edge.apply(domainConfig)) return;
          status.changed();
          state.changed();
        },
        onSnapshot: () => missing.delete('there is no config yet'),
      },
      status,
      spool,
      log,
    }),
  );
  parts.defer(endSecond);
  parts.defer(() => edge.drain());
  const accepting = parts.use(await listen(config.EDGE_LISTEN, (socket) => edge.accept(socket), log));
  listener.port = accepting.port;
  missing.delete('it does not listen yet');
  parts.defer(() => void missing.add('it is stopping'));

  const running = parts.move();
  return {
    edgeId,
    address: `${accepting.host}:${accepting.port}`,
    adminAddress: admin.address,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
