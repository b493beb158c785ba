/** Why a tunnel ended: the first thing that made it end. */
export interface Ending {
  readonly by: 'client' | 'origin' | 'edge';
  readonly cause: PeerCause | EdgeCause;
  /** The status of the Close that ended it, 1006 where none came (RFC 6455, section 7.1.5). */
  readonly code: number;
}

export type PeerCause = 'close_frame' | 'fin' | 'reset' | 'protocol_error' | 'too_large';
export type EdgeCause =
  'heartbeat' | 'stalled' | 'unresponsive' | 'disabled' | 'suspended' | 'removed' | 'requested' | 'draining';

/** The status that stands for a Close frame that never came (RFC 6455, section 7.1.5). */
export const NO_CLOSE = 1006;
