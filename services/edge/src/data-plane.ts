import { randomUUID } from 'node:crypto';
import type { Logger } from '@longwire/service';
import type { Registry } from 'prom-client';
import type { Answer, Report, Request, StartRequest } from './carrier.ts';
import type { Config } from './config.ts';
import { Doors } from './doors.ts';
import { Edge, type DrainTimes } from './edge.ts';
import { HandleWires } from './handle-wire.ts';
import { Limits } from './limits.ts';
import { createMetrics, watchTunnels } from './metrics.ts';
import { findNativeTcp } from './native-tcp.ts';
import { OriginNames } from './origin-names.ts';
import { OriginTrust } from './origin-trust.ts';
import { Sampler } from './samples.ts';

const CONNECT_MS = 3_000;
const HEAD_MS = 10_000;

/** All of one process that touches clients: its listener, its tunnels and their figures. It does as it is asked. */
export class DataPlane {
  readonly #config: Config;
  readonly #registry: Registry;
  readonly #log: Logger;
  readonly #report: (report: Report) => void;
  readonly #bootId = randomUUID();
  readonly #edge: Edge;
  readonly #doors: Doors;
  #sampler: Sampler | undefined;

  constructor(config: Config, registry: Registry, log: Logger, report: (report: Report) => void) {
    this.#config = config;
    this.#registry = registry;
    this.#log = log;
    this.#report = report;
    const metrics = createMetrics(registry);
    const native = findNativeTcp();
    const wires = native && new HandleWires(native);
    const perAddress = {
      connections: config.EDGE_MAX_CONNECTIONS_PER_IP,
      handshakesPerSecond: config.EDGE_HANDSHAKES_PER_SECOND_PER_IP,
    };
    this.#edge = new Edge({
      idPrefix: this.#bootId.slice(0, 8),
      dialPolicy: {
        allow: config.ORIGIN_ALLOW,
        isSelf: (address, port) => this.#doors.leadHere(address, port),
        names: new OriginNames(),
        trust: new OriginTrust(config.EDGE_ORIGIN_CA_FILE),
        timeoutMs: CONNECT_MS,
        wires,
      },
      headTimeoutMs: HEAD_MS,
      limits: new Limits(perAddress, config.EDGE_TRUSTED_NETWORKS),
      metrics,
      log,
      onSecond: () => this.#endSecond(),
    });
    this.#doors = new Doors(this.#edge, config, HEAD_MS, registry, metrics, log, wires);
    watchTunnels(registry, {
      tunnels: () => this.#edge.tunnels,
      stalled: () => this.#edge.stalled,
      traffic: () => this.#sampler?.traffic ?? { bytesFromClient: 0, bytesToClient: 0 },
    });
  }

  async ask(request: Request): Promise<Answer> {
    switch (request.name) {
      case 'start':
        return { port: await this.#start(request) };
      case 'apply':
        this.#apply(request.configs);
        return {};
      case 'sealTickets':
        this.#doors.sealTickets(request.ticketKeys);
        return {};
      case 'stopAccepting':
        await this.#doors.close();
        return {};
      case 'drain':
        await this.#edge.drain(drainTimes(this.#config));
        this.#endSecond();
        this.#log.flush();
        return {};
      case 'metrics':
        return { metrics: await this.#registry.getMetricsAsJSON() };
      case 'list':
        return { listed: this.#edge.connections.list(request.filter, request.limit) };
      case 'close':
        return { closed: this.#edge.connections.close(request.filter, request.code, request.reason) };
      default:
        throw unknownRequest(request);
    }
  }

  async #start({ edgeId, configs, ...ports }: StartRequest): Promise<number> {
    this.#apply(configs);
    this.#sampler = new Sampler(edgeId, this.#bootId, secondOf(Date.now()));
    return this.#doors.open(ports);
  }

  #apply(configs: StartRequest['configs']): void {
    for (const config of configs) this.#edge.apply(config);
  }

  #endSecond(): void {
    const batches = this.#sampler?.endSecond(this.#edge.routes.domains, secondOf(Date.now())) ?? [];
    this.#report({ batches, tunnels: this.#edge.tunnels });
  }
}

/** The deadline stands first where the times do not fit into each other. */
function drainTimes(config: Config): DrainTimes {
  const deadlineMs = Math.max(0, config.EDGE_DRAIN_DEADLINE_MS - config.EDGE_DRAIN_ACCEPT_MS);
  return { spreadMs: Math.min(config.EDGE_DRAIN_SPREAD_MS, deadlineMs), deadlineMs };
}

function unknownRequest(request: never): Error {
  return new Error(`unknown request ${JSON.stringify(request)}`);
}

function secondOf(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
