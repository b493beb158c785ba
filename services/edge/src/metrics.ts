import { Counter, Gauge, type Registry } from 'prom-client';

/** The edge's own figures for its operator. What belongs to a domain goes into samples, not here. */
export interface EdgeMetrics {
  readonly handshakes: Counter<'status'>;
  readonly closed: Counter<'by' | 'cause'>;
}

/** What is read at each scrape. */
export interface ControlState {
  readonly configVersion: () => number;
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

export function watchControl(registry: Registry, state: ControlState): void {
  const gauges = {
    longwire_edge_config_version: { help: 'The latest config version applied.', read: state.configVersion },
    longwire_edge_sample_batches_waiting: { help: 'Batches of samples not stored yet.', read: state.batchesWaiting },
    longwire_edge_sample_batches_dropped: { help: 'Batches of samples given up.', read: state.batchesDropped },
  };
  for (const [name, { help, read }] of Object.entries(gauges)) {
    const gauge: Gauge = new Gauge({ name, help, registers: [registry], collect: () => gauge.set(read()) });
  }
}
