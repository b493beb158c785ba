import { noLimits, noPolicy } from './edge-policy.ts';
import type { EdgePolicy, Limits } from './edge-policy.ts';

export type Origin = {
  host: string;
  httpPort: number;
  httpsPort: number;
  weight: number;
  /** Empty: the client's own. */
  hostHeader: string;
  tlsVerification: 'full' | 'none';
  /** PEM; empty: the authorities that edges trust. */
  caCertificates: string;
};
/** As it stands in events: those written before weights and trust have the address only. */
export type RecordedOrigin = Pick<Origin, 'host' | 'httpPort' | 'httpsPort'> & Partial<Origin>;
export type BackToOrigin = 'follow' | 'http' | 'https';

/** What happened to a domain. Who and when stand in each decision's headers. */
export type DomainEvent =
  /** Without `ownership`: added before it was asked for. */
  | { type: 'DomainAdded'; domainName: string; accountId: string; ownership?: 'unproven' }
  | { type: 'DomainRemoved' }
  | { type: 'OwnershipVerified'; recordName: string }
  | { type: 'OwnershipConfirmed' }
  | { type: 'OriginsSet'; origins: RecordedOrigin[] }
  | { type: 'IcpNumberSet'; icpNumber: string }
  | { type: 'Http2Enabled' }
  | { type: 'Http2Disabled' }
  | { type: 'WebSocketEnabled' }
  | { type: 'WebSocketDisabled' }
  | { type: 'HeartbeatTimeSet'; seconds: number }
  | { type: 'BackToOriginProtocolSet'; protocol: BackToOrigin }
  /** 0: not declared. */
  | { type: 'HeartbeatsDeclared'; clientSeconds: number; originSeconds: number }
  /** What changes of the policy. */
  | { type: 'EdgePolicySet'; policy: Partial<EdgePolicy> }
  /** Those below follow what was decided about the account, at this sequence of stream ACTIVATION. */
  | { type: 'LimitsGranted'; limits: Limits; accountSequence: number }
  | { type: 'WebSocketSuspended'; reason: string; accountSequence: number }
  | { type: 'WebSocketResumed'; accountSequence: number }
  /** The events after it in the same decision are what it took. */
  | { type: 'VersionRestored'; version: number };

export type DomainState = {
  /** False before it is added and after it is removed. */
  present: boolean;
  domainName: string;
  accountId: string;
  /** How it is known that the name is the account's. */
  ownership: 'unproven' | 'verified' | 'confirmed' | 'assumed';
  origins: Origin[];
  icpNumber: string;
  http2Enabled: boolean;
  websocketEnabled: boolean;
  heartbeatSeconds: number;
  backToOrigin: BackToOrigin;
  /** What the customer says of its own ends; 0: nothing. */
  declared: { clientSeconds: number; originSeconds: number };
  policy: EdgePolicy;
  granted: Limits;
  /** Why the account's right is suspended. */
  suspension: string | undefined;
  /** Up to where the account's decisions are followed, as a sequence of stream ACTIVATION. */
  accountSequence: number;
};

export const initial: DomainState = {
  present: false,
  domainName: '',
  accountId: '',
  ownership: 'unproven',
  origins: [],
  icpNumber: '',
  http2Enabled: false,
  websocketEnabled: false,
  heartbeatSeconds: 60,
  backToOrigin: 'follow',
  declared: { clientSeconds: 0, originSeconds: 0 },
  policy: noPolicy,
  granted: noLimits,
  suspension: undefined,
  accountSequence: 0,
};

/** The state after an event. @throws Error for one that a later version of this service has written */
export function evolve(state: DomainState, event: DomainEvent): DomainState {
  switch (event.type) {
    case 'DomainAdded': {
      const { domainName, accountId, ownership = 'assumed' } = event;
      return { ...initial, present: true, domainName, accountId, ownership };
    }
    case 'DomainRemoved':
      return { ...state, present: false, websocketEnabled: false };
    case 'OwnershipVerified':
      return { ...state, ownership: 'verified' };
    case 'OwnershipConfirmed':
      return { ...state, ownership: 'confirmed' };
    case 'OriginsSet':
      return { ...state, origins: event.origins.map(wholeOrigin) };
    case 'IcpNumberSet':
      return { ...state, icpNumber: event.icpNumber };
    case 'Http2Enabled':
      return { ...state, http2Enabled: true };
    case 'Http2Disabled':
      return { ...state, http2Enabled: false };
    case 'WebSocketEnabled':
      return { ...state, websocketEnabled: true };
    case 'WebSocketDisabled':
      return { ...state, websocketEnabled: false };
    case 'HeartbeatTimeSet':
      return { ...state, heartbeatSeconds: event.seconds };
    case 'BackToOriginProtocolSet':
      return { ...state, backToOrigin: event.protocol };
    case 'HeartbeatsDeclared':
      return { ...state, declared: { clientSeconds: event.clientSeconds, originSeconds: event.originSeconds } };
    case 'EdgePolicySet':
      return { ...state, policy: { ...state.policy, ...event.policy } };
    case 'LimitsGranted':
      return { ...state, granted: event.limits, accountSequence: event.accountSequence };
    case 'WebSocketSuspended':
      return { ...state, suspension: event.reason, accountSequence: event.accountSequence };
    case 'WebSocketResumed':
      return { ...state, suspension: undefined, accountSequence: event.accountSequence };
    case 'VersionRestored':
      return state;
    default:
      return unknownEvent(event);
  }
}

function wholeOrigin(origin: RecordedOrigin): Origin {
  return { weight: 0, hostHeader: '', tlsVerification: 'full', caCertificates: '', ...origin };
}

/** Written by a later version of this service: to fold on without it would give a state that never was. */
function unknownEvent(event: never): never {
  throw new Error(`cannot fold an event that is not known here: ${JSON.stringify((event as { type: string }).type)}`);
}
