import type { ConnectionFilter } from '@longwire/contracts/edge/v1/connection';
import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import type { Registry } from 'prom-client';
import type { Ports } from './doors.ts';
import type { Listed } from './live-connections.ts';
import type { Batch } from './samples.ts';

/** What is asked of those who carry the clients of an edge: of this process itself, or of each worker. */
export type Request =
  | StartRequest
  /** Answered when new handshakes and live tunnels follow these configs. */
  | { readonly name: 'apply'; readonly configs: readonly DomainConfig[] }
  /** Session tickets that come from now on are sealed with these keys; those sealed before are none any more. */
  | { readonly name: 'sealTickets'; readonly ticketKeys: Uint8Array }
  | { readonly name: 'stopAccepting' }
  /** Answered when every tunnel is gone and its figures are reported. */
  | { readonly name: 'drain' }
  | { readonly name: 'metrics' }
  | { readonly name: 'list'; readonly filter: ConnectionFilter; readonly limit: number }
  | { readonly name: 'close'; readonly filter: ConnectionFilter; readonly code: number; readonly reason: string };

export interface StartRequest extends Ports {
  readonly name: 'start';
  readonly edgeId: string;
  /** What is known so far. */
  readonly configs: readonly DomainConfig[];
}

/** The field that the request asks for, and no other. */
export interface Answer {
  readonly port?: number;
  readonly metrics?: Metrics;
  readonly listed?: Listed;
  readonly closed?: number;
}

export type Metrics = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** What a carrier tells unasked, once a second. */
export interface Report {
  readonly batches: Batch[];
  readonly tunnels: number;
}

/** Those who carry the clients of one edge. */
export interface Carriers {
  /** What is missing until all of them serve. */
  missing(): string[];
  /** How many of them serve. */
  readonly ready: number;
  /** Tunnels open, as last reported. */
  readonly tunnels: number;
  /** Resolves with the port when all of them listen. */
  start(request: StartRequest): Promise<number>;
  /** Asks each. One that dies meanwhile does not answer; its successor starts with all that was applied. */
  ask(request: Exclude<Request, StartRequest>): Promise<Answer[]>;
  /** Figures of all of them that are not in this process's registry. */
  metrics(): Promise<Metrics[]>;
  /** Ends them; those who still have clients drop them. */
  stop(): Promise<void>;
}
