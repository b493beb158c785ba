/** What edges hold the clients of a domain to; 0 and an empty list are no limit. */
export type EdgePolicy = {
  relayMode: 'tunnel' | 'strict';
  maxFrameBytesFromClient: number;
  maxFrameBytesFromOrigin: number;
  maxMessageBytesFromClient: number;
  maxMessageBytesFromOrigin: number;
  maxConnections: number;
  maxHandshakesPerSecond: number;
  maxBytesPerSecond: number;
  allowedOrigins: string[];
  allowedSubprotocols: string[];
  /** Seconds; 0 is never. */
  pingInterval: number;
};

export const noPolicy: EdgePolicy = {
  relayMode: 'tunnel',
  maxFrameBytesFromClient: 0,
  maxFrameBytesFromOrigin: 0,
  maxMessageBytesFromClient: 0,
  maxMessageBytesFromOrigin: 0,
  maxConnections: 0,
  maxHandshakesPerSecond: 0,
  maxBytesPerSecond: 0,
  allowedOrigins: [],
  allowedSubprotocols: [],
  pingInterval: 0,
};

/** What an approved application grants: bits per second and connections; 0 is no limit. */
export type Limits = { bandwidthBps: number; connections: number };

export const noLimits: Limits = { bandwidthBps: 0, connections: 0 };

/** The stricter of two limits, 0 being none. */
export function stricter(one: number, other: number): number {
  if (one === 0 || other === 0) return one + other;
  return Math.min(one, other);
}
