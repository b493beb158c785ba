import type { DomainState } from './domain-state.ts';

/** Something that should be changed, though nothing refuses it. `suggestion` in seconds. */
export type Warning = { type: string; field: string; description: string; suggestion: number };

/**
 * client ≤ edge ≤ origin: a client that speaks less often than the edge waits is cut off, and an origin that waits less than
 * the edge closes what the edge believes alive. Only what is declared is checked.
 */
export function warningsOf({ heartbeatSeconds: edge, declared, policy }: DomainState): Warning[] {
  const { clientSeconds: client, originSeconds: origin } = declared;
  const warnings: Warning[] = [];
  if (client > edge)
    warnings.push({
      type: 'CLIENT_ABOVE_EDGE',
      field: 'heartbeat_time',
      description: `clients send a heartbeat every ${client} s, but edges close after ${edge} s without one: raise the heartbeat time to ${client} s at least, or have clients send one every ${edge} s at most`,
      suggestion: client,
    });
  if (origin > 0 && edge > origin)
    warnings.push({
      type: 'EDGE_ABOVE_ORIGIN',
      field: 'heartbeat_time',
      description: `the origin closes after ${origin} s without a heartbeat, before edges do after ${edge} s: lower the heartbeat time to ${origin} s at most, or have the origin wait ${edge} s at least`,
      suggestion: origin,
    });
  if (origin > 0 && client > origin)
    warnings.push({
      type: 'CLIENT_ABOVE_ORIGIN',
      field: 'client_heartbeat',
      description: `clients send a heartbeat every ${client} s, but the origin closes after ${origin} s without one: no heartbeat time is right for both; have clients send one every ${origin} s at most`,
      suggestion: origin,
    });
  if (policy.pingInterval >= edge)
    warnings.push({
      type: 'PING_ABOVE_EDGE',
      field: 'ping_interval',
      description: `edges ping every ${policy.pingInterval} s, but close after ${edge} s without a byte: ping every ${Math.max(1, edge - 1)} s at most`,
      suggestion: Math.max(1, edge - 1),
    });
  return warnings;
}
