import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Pair } from './certificates.ts';

/** The edge's own figures for its operator. What belongs to a domain goes into samples, not here. */
export interface EdgeMetrics {
  readonly handshakes: Counter<'status'>;
  readonly handshakeSeconds: Histogram;
  readonly closed: Counter<'by' | 'cause'>;
  readonly turnedAway: Counter<'cause'>;
}

/** What is read at each scrape. */
export interface ControlState {
  readonly configVersion: () => number;
  readonly configAge: () => number;
  readonly refusedConfigs: () => number;
  readonly batchesWaiting: () => number;
  readonly batchesDropped: () => number;
}

export function createMetrics(registry: Registry): EdgeMetrics {
  const registers = [registry];
  return {
    handshakes: new Counter({
      name: 'longwire_edge_handshakes_total',
      help: 'Handshakes by the status that the client got; 499 when it left.',
      labelNames: ['status'],
      registers,
    }),
    handshakeSeconds: new Histogram({
      name: 'longwire_edge_handshake_seconds',
      help: 'How long handshakes that ended with 101 took, from the first byte of the request.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    closed: new Counter({
      name: 'longwire_edge_tunnels_closed_total',
      help: 'Tunnels closed, by who ended them and why.',
      labelNames: ['by', 'cause'],
      registers,
    }),
    turnedAway: new Counter({
      name: 'longwire_edge_turned_away_total',
      help: 'Connections not taken: overload (connections, memory, lag) or too many of one address.',
      labelNames: ['cause'],
      registers,
    }),
  };
}

/** What is read of the tunnels at each scrape. */
export interface TunnelState {
  readonly tunnels: () => number;
  readonly stalled: () => number;
  readonly traffic: () => { readonly bytesFromClient: number; readonly bytesToClient: number };
}

export function watchTunnels(registry: Registry, { tunnels, stalled, traffic }: TunnelState): void {
  watch(registry, {
    longwire_edge_tunnels: { help: 'Tunnels open.', read: tunnels },
    longwire_edge_tunnels_stalled: { help: 'Tunnels of which a reader takes nothing while bytes wait.', read: stalled },
  });
  const bytes: Counter<'direction'> = new Counter({
    name: 'longwire_edge_bytes_total',
    help: 'Bytes on the wires of clients after the handshake, up to the second that ended last.',
    labelNames: ['direction'],
    registers: [registry],
    collect() {
      const { bytesFromClient, bytesToClient } = traffic();
      bytes.reset();
      bytes.inc({ direction: 'from_client' }, bytesFromClient);
      bytes.inc({ direction: 'to_client' }, bytesToClient);
    },
  });
}

/** What is read of the front at each scrape. */
export interface FrontState {
  readonly connections: () => number;
  readonly isOverloaded: () => boolean;
  readonly lagSeconds: () => number;
  readonly certificates: () => readonly Pair[];
}

export function watchFront(registry: Registry, state: FrontState): void {
  const registers = [registry];
  const gauges = {
    longwire_edge_connections: { help: 'Client connections open, handshakes included.', read: state.connections },
    longwire_edge_overloaded: {
      help: 'Processes that turn new clients away.',
      read: () => Number(state.isOverloaded()),
    },
    longwire_edge_event_loop_lateness_seconds: {
      help: 'How late the event loop is on average.',
      read: state.lagSeconds,
    },
  };
  for (const [name, { help, read }] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(read()) });
  }
  const expiry: Gauge<'certificate'> = new Gauge({
    name: 'longwire_edge_certificate_expiry_timestamp_seconds',
    help: 'When a certificate that is served ends, by the name of its folder.',
    labelNames: ['certificate'],
    aggregator: 'min',
    registers,
    collect() {
      expiry.reset();
      for (const { name, expires } of state.certificates()) expiry.set({ certificate: name }, Number(expires) / 1000);
    },
  });
}

export function watchControl(registry: Registry, state: ControlState): void {
  const gauges = {
    longwire_edge_config_version: { help: 'The latest config version applied.', read: state.configVersion },
    longwire_edge_config_age_seconds: {
      help: 'Seconds since the control plane last confirmed what is served; 0 while changes come in.',
      read: state.configAge,
    },
    longwire_edge_configs_refused: { help: 'Configs that cannot be served.', read: state.refusedConfigs },
    longwire_edge_sample_batches_waiting: { help: 'Batches of samples not stored yet.', read: state.batchesWaiting },
    longwire_edge_sample_batches_dropped: { help: 'Batches of samples given up.', read: state.batchesDropped },
  };
  watch(registry, gauges);
}

function watch(registry: Registry, gauges: Readonly<Record<string, { help: string; read: () => number }>>): void {
  for (const [name, { help, read }] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
  }
}
