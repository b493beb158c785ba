import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import type { EdgeCause } from './ending.ts';
import { refusal, type Refusal } from './refusal.ts';

/** Why a domain takes no handshake, and what its live tunnels are closed with. */
export interface Shut {
  readonly answer: Refusal;
  readonly cause: EdgeCause;
  /** Of the Close 1001. */
  readonly reason: string;
}

const OFF = refusal(403, 'WebSocket is off for this domain');
const REMOVED: Shut = { answer: OFF, cause: 'removed', reason: 'domain removed' };
const DISABLED: Shut = { answer: OFF, cause: 'disabled', reason: 'websocket disabled for this domain' };
const SUSPENDED: Shut = {
  answer: refusal(403, 'the account of this domain is suspended'),
  cause: 'suspended',
  reason: 'account suspended',
};

/** Undefined when the domain is open. */
export function whyShut({ removed, suspended, websocketEnabled }: DomainConfig): Shut | undefined {
  if (removed) return REMOVED;
  if (suspended) return SUSPENDED;
  return websocketEnabled ? undefined : DISABLED;
}
