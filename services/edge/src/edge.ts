import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import type { Logger } from '@longwire/service';
import { aboutEnd, aboutTunnel } from './access-line.ts';
import type { DialPolicy } from './dial.ts';
import type { Arrival } from './forwarded.ts';
import { Handshake, type HandshakeContext, type Opening } from './handshake.ts';
import type { Limits } from './limits.ts';
import { linger } from './linger.ts';
import { LiveConnections } from './live-connections.ts';
import type { EdgeMetrics } from './metrics.ts';
import { refusal, writeRefusal, type Refusal } from './refusal.ts';
import { Routes } from './routes.ts';
import { SecondTimer } from './seconds.ts';
import { whyShut } from './shut.ts';
import { Tunnel } from './tunnel.ts';
import type { Wire } from './wire.ts';

export interface EdgeOptions {
  /** What request ids begin with. */
  readonly idPrefix: string;
  readonly dialPolicy: DialPolicy;
  readonly headTimeoutMs: number;
  readonly limits: Limits;
  readonly metrics: EdgeMetrics;
  readonly log: Logger;
  /** Called just after each second of UTC has begun. */
  readonly onSecond: () => void;
}

/** How an edge stops, in milliseconds from its last accepted client on. */
export interface DrainTimes {
  readonly spreadMs: number;
  readonly deadlineMs: number;
}

/** How often it is looked whether all tunnels are gone, and how long destroyed sockets may take to say so. */
const LOOK_MS = 20;
const LAST_MS = 1_000;

/** The data plane of one process: its domains, the handshakes under way and the tunnels. It needs nobody to go on. */
export class Edge {
  readonly routes = new Routes();
  readonly connections: LiveConnections;
  readonly #options: EdgeOptions;
  readonly #context: HandshakeContext;
  readonly #seconds: SecondTimer;
  readonly #handshakes = new Set<Handshake>();
  #tunnels = 0;
  #requests = 0;
  #isDraining = false;

  constructor(options: EdgeOptions) {
    const { dialPolicy, headTimeoutMs, limits, metrics, log } = options;
    this.#options = options;
    this.#context = {
      routes: this.routes,
      dialPolicy,
      headTimeoutMs,
      limits,
      log,
      onAnswered: (status) => metrics.handshakes.inc({ status }),
      onSwitched: (opening) => this.#open(opening),
      onSettled: (handshake) => this.#handshakes.delete(handshake),
    };
    this.#seconds = new SecondTimer(() => this.#onSecond());
    this.connections = new LiveConnections(this.routes, this.#seconds);
  }

  /** Tunnels open now. */
  get tunnels(): number {
    return this.#tunnels;
  }

  /** Tunnels of which a reader takes nothing although bytes wait. */
  get stalled(): number {
    let stalled = 0;
    for (const { toClient, toOrigin } of this.#all())
      if (toClient.stalledSeconds + toOrigin.stalledSeconds > 0) stalled++;
    return stalled;
  }

  get limits(): Limits {
    return this.#options.limits;
  }

  /** Serves a client connection, of which at most these bytes were read. */
  accept(client: Wire, arrival: Arrival, early?: Buffer): void {
    const id = `${this.#options.idPrefix}-${++this.#requests}`;
    const handshake = new Handshake(id, this.#context, client, arrival);
    this.#handshakes.add(handshake);
    if (early?.length) handshake.bytes(client, early);
  }

  /** Answers a client that is not even listened to. */
  refuse(client: Wire, answer: Refusal): void {
    this.#options.metrics.handshakes.inc({ status: answer.status });
    client.send(writeRefusal(answer));
    linger(client);
  }

  /**
   * Takes a domain's config; true when it is newer than the one held. It reaches this domain's tunnels and no others:
   * switched off, suspended or removed they are closed at once; a new heartbeat time counts from their last byte; a new origin or
   * scheme is for handshakes to come.
   */
  apply(config: DomainConfig): boolean {
    const domain = this.routes.apply(config);
    if (!domain) return false;
    const shut = whyShut(config);
    if (shut) for (const tunnel of domain.tunnels) tunnel.close(1001, shut.reason, shut.cause);
    return true;
  }

  /**
   * Ends everything: tunnels with Close 1012, each at a moment of its own within the spread so that their clients do not all
   * come back at once; handshakes go on meanwhile, and are then refused with 503. What is left at the deadline is cut off.
   */
  async drain({ spreadMs, deadlineMs }: DrainTimes): Promise<void> {
    for (const tunnel of this.#all()) setTimeout(() => this.#restartClosed(tunnel), Math.random() * spreadMs);
    await this.#untilEmpty(spreadMs);
    this.#isDraining = true;
    for (const handshake of this.#handshakes) handshake.giveUp(refusal(503, 'this edge is stopping'));
    for (const tunnel of this.#all()) this.#restartClosed(tunnel);
    await this.#untilEmpty(deadlineMs - spreadMs);
    for (const tunnel of this.#all()) tunnel.destroy();
    await this.#untilEmpty(LAST_MS);
    this.#seconds[Symbol.dispose]();
  }

  #restartClosed(tunnel: Tunnel): void {
    if (tunnel.domain.tunnels.has(tunnel)) tunnel.close(1012, 'service restart', 'draining');
  }

  async #untilEmpty(longestMs: number): Promise<void> {
    const end = performance.now() + longestMs;
    while (this.#tunnels + this.#handshakes.size > 0 && performance.now() < end) await sleep(LOOK_MS);
  }

  #open({ domain, opened, client, origin, early, answer, took }: Opening): void {
    const { log, metrics } = this.#options;
    client.send(answer.head);
    const tunnel = new Tunnel(domain, opened, client, origin, answer.extensions, this.#seconds, this.#onClosed);
    this.#tunnels++;
    domain.tunnels.add(tunnel);
    domain.figures.opened++;
    domain.figures.handshakeDurations.add(took);
    metrics.handshakeSeconds.observe(took / 1_000);
    log.info(aboutTunnel(tunnel), 'tunnel open');
    tunnel.start(early, answer.rest);
    if (this.#isDraining) this.#restartClosed(tunnel);
  }

  readonly #onClosed = (tunnel: Tunnel): void => {
    const { domain, ending } = tunnel;
    tunnel.count();
    domain.tunnels.delete(tunnel);
    if (ending) {
      domain.figures.closed(ending.by, ending.cause, ending.code);
      this.#options.metrics.closed.inc({ by: ending.by, cause: ending.cause });
    }
    this.#tunnels--;
    this.#options.log.info(aboutEnd(tunnel, this.#seconds.passed), 'tunnel closed');
  };

  #onSecond(): void {
    this.limits.onSecond();
    for (const tunnel of this.#all()) tunnel.onSecond();
    this.#options.onSecond();
  }

  *#all(): Generator<Tunnel> {
    for (const domain of this.routes.domains) yield* domain.tunnels;
  }
}
