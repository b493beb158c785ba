import { randomUUID } from 'node:crypto';
import type { Logger } from '@longwire/service';
import type { Registry } from 'prom-client';
import type { Answer, Report, Request, StartRequest } from './carrier.ts';
import type { Config } from './config.ts';
import { Edge, type DrainTimes } from './edge.ts';
import { leadsTo, listen, type Listener } from './listener.ts';
import { createMetrics, watchTunnels } from './metrics.ts';
import { Sampler } from './samples.ts';

const CONNECT_MS = 3_000;
const HEAD_MS = 10_000;

/** All of one process that touches clients: its listener, its tunnels and their figures. It does as it is asked. */
export class DataPlane {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #registry: Registry;
  readonly #report: (report: Report) => void;
  readonly #bootId = randomUUID();
  readonly #self: { host: string; port: number };
  readonly #edge: Edge;
  #sampler: Sampler | undefined;
  #listener: Listener | undefined;

  constructor(config: Config, registry: Registry, log: Logger, report: (report: Report) => void) {
    this.#config = config;
    this.#registry = registry;
    this.#log = log;
    this.#report = report;
    this.#self = { ...config.EDGE_LISTEN };
    this.#edge = new Edge({
      idPrefix: this.#bootId.slice(0, 8),
      dialPolicy: {
        allow: config.ORIGIN_ALLOW,
        isSelf: (address, port) => leadsTo(this.#self, address, port),
        timeoutMs: CONNECT_MS,
      },
      headTimeoutMs: HEAD_MS,
      metrics: createMetrics(registry),
      log,
      onSecond: () => this.#endSecond(),
    });
    watchTunnels(registry, () => this.#edge.tunnels);
  }

  async ask(request: Request): Promise<Answer> {
    switch (request.name) {
      case 'start':
        return { port: await this.#start(request) };
      case 'apply':
        this.#apply(request.configs);
        return {};
      case 'stopAccepting':
        await this.#listener?.[Symbol.asyncDispose]();
        return {};
      case 'drain':
        await this.#edge.drain(drainTimes(this.#config));
        this.#endSecond();
        return {};
      case 'metrics':
        return { metrics: await this.#registry.getMetricsAsJSON() };
      default:
        throw unknownRequest(request);
    }
  }

  async #start({ edgeId, port, reusePort, configs }: StartRequest): Promise<number> {
    this.#apply(configs);
    this.#sampler = new Sampler(edgeId, this.#bootId, secondOf(Date.now()));
    const where = { host: this.#config.EDGE_LISTEN.host, port, reusePort };
    this.#listener = await listen(where, (socket) => this.#edge.accept(socket), this.#log);
    this.#self.port = this.#listener.port;
    return this.#listener.port;
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
