import { totalmem } from 'node:os';
import type { Logger } from '@longwire/service';
import type { Registry } from 'prom-client';
import { CertificateFolder } from './certificate-folder.ts';
import type { Config } from './config.ts';
import type { Edge } from './edge.ts';
import { Front } from './front.ts';
import type { HandleWires } from './handle-wire.ts';
import { leadsTo, listen, type Listener } from './listener.ts';
import { watchFront, type EdgeMetrics } from './metrics.ts';
import { descriptorsFor, Overload } from './overload.ts';
import { TlsGate } from './tls-gate.ts';

export interface Ports {
  readonly port: number;
  /** Where TLS is spoken; undefined when it is not. */
  readonly tlsPort: number | undefined;
  readonly reusePort: boolean;
  /** With which session tickets are sealed, by all processes of the edge alike. */
  readonly ticketKeys: Uint8Array;
}

/** How much of the memory that there is may be used before new clients are turned away. */
const MEMORY_SHARE = 0.8;

/** Where the clients of one process come in: its listeners, plain and TLS, with their certificates and limits. */
export class Doors {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #wires: HandleWires | undefined;
  readonly #front: Front;
  readonly #tls: TlsGate;
  readonly #overload: Overload;
  readonly #folder: CertificateFolder | undefined;
  #listeners: Listener[] = [];

  constructor(
    edge: Edge,
    config: Config,
    headTimeoutMs: number,
    registry: Registry,
    metrics: EdgeMetrics,
    log: Logger,
    wires: HandleWires | undefined,
  ) {
    this.#wires = wires;
    this.#config = config;
    this.#log = log;
    const tls = new TlsGate(headTimeoutMs);
    this.#tls = tls;
    const dir = config.EDGE_TLS_DIR;
    this.#folder = dir === undefined ? undefined : new CertificateFolder(dir, (pairs) => tls.serve(pairs), log);
    this.#overload = new Overload({
      connections: connectionsOf(config),
      memory: memoryOf(config),
      lagMs: config.EDGE_MAX_LAG_MS,
    });
    this.#front = new Front(edge, {
      proxyFrom: config.EDGE_PROXY_PROTOCOL_FROM,
      headTimeoutMs,
      overload: this.#overload,
      tls,
      wires,
      onTurnedAway: (cause) => metrics.turnedAway.inc({ cause }),
    });
    watchFront(registry, {
      connections: () => this.#front.open,
      isOverloaded: () => this.#overload.cause(this.#front.open) !== undefined,
      lagSeconds: () => this.#overload.lagMs / 1000,
      certificates: () => tls.certificates.pairs,
    });
  }

  /** Opens them; resolves with the port of the plain one. Certificates are there by then, if any can be served. */
  async open({ port, tlsPort, reusePort, ticketKeys }: Ports): Promise<number> {
    const { EDGE_LISTEN, EDGE_TLS_LISTEN } = this.#config;
    this.sealTickets(ticketKeys);
    await this.#folder?.load();
    if (EDGE_TLS_LISTEN && tlsPort !== undefined) {
      const where = { host: EDGE_TLS_LISTEN.host, port: tlsPort, reusePort };
      this.#listeners.push(
        await listen(where, (accepted) => this.#front.accept(accepted, true), this.#log, this.#wires),
      );
    }
    const where = { host: EDGE_LISTEN.host, port, reusePort };
    const plain = await listen(where, (accepted) => this.#front.accept(accepted, false), this.#log, this.#wires);
    this.#listeners.push(plain);
    return plain.port;
  }

  /** Has session tickets sealed with these keys from now on. */
  sealTickets(keys: Uint8Array): void {
    this.#tls.sealTickets(Buffer.from(keys));
  }

  /** Whether a connection to this address and port would come in here. */
  leadHere(address: string, port: number): boolean {
    return this.#listeners.some((listener) => leadsTo(listener, address, port));
  }

  /** Stops accepting; those that are in stay. */
  async close(): Promise<void> {
    this.#folder?.[Symbol.dispose]();
    this.#overload[Symbol.dispose]();
    for (const listener of this.#listeners) await listener[Symbol.asyncDispose]();
  }
}

function connectionsOf({ EDGE_MAX_CONNECTIONS, EDGE_WORKERS }: Config): number {
  const asked = EDGE_MAX_CONNECTIONS === undefined ? Number.POSITIVE_INFINITY : EDGE_MAX_CONNECTIONS / EDGE_WORKERS;
  return Math.min(Math.ceil(asked), descriptorsFor());
}

function memoryOf({ EDGE_MAX_MEMORY_MB, EDGE_WORKERS }: Config): number {
  const total = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const all = EDGE_MAX_MEMORY_MB === undefined ? total * MEMORY_SHARE : EDGE_MAX_MEMORY_MB * 1024 * 1024;
  return all / EDGE_WORKERS;
}
