import { Counter, Gauge, type Registry } from 'prom-client';
import type { Pair } from './certificates.ts';

/** The edge's own figures for its operator. What belongs to a domain goes into samples, not here. */
export interface EdgeMetrics {
  readonly handshakes: Counter<'status'>;
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

export function watchTunnels(registry: Registry, tunnels: () => number): void {
  const name = 'longwire_edge_tunnels';
  const gauge: Gauge = new Gauge({
    name,
    help: 'Tunnels open.',
    registers: [registry],
    collect: () => gauge.set(tunnels()),
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
  for (const [name, { help, read }] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
  }
}
