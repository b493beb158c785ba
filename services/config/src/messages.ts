import {
  BackToOriginProtocol,
  Domain,
  OwnershipState,
  RelayMode,
  TlsVerification,
} from '@longwire/contracts/config/v1/domain';
import { HistoryEntry } from '@longwire/contracts/config/v1/domain_service';
import type { Duration } from '@longwire/contracts/google/protobuf/duration';
import { etagOf } from '@longwire/eventlog';
import type { BackToOrigin, DomainState, Origin } from './domain-state.ts';
import type { EdgePolicy } from './edge-policy.ts';
import { warningsOf } from './heartbeat-rule.ts';
import { challengeOf } from './ownership.ts';
import type { DomainView } from './read-model.ts';
import { compare } from './versions.ts';
import type { Step } from './versions.ts';

/** A domain as callers see it. */
export function domainMessage({ state, version, createTime, updateTime }: DomainView): Domain {
  const challenge = challengeOf(state.domainName, state.accountId);
  return Domain.create({
    domainName: state.domainName,
    accountId: state.accountId,
    origins: state.origins.map(originMessage),
    icpNumber: state.icpNumber,
    http2Enabled: state.http2Enabled,
    websocket: websocketMessage(state),
    createTime,
    updateTime,
    version: BigInt(version),
    etag: etagOf(version),
    ownership: {
      state: ownershipStates[state.ownership],
      recordName: challenge.name,
      recordValue: challenge.value,
    },
    edgePolicy: policyMessage(state.policy),
    grantedLimits: {
      bandwidthBps: BigInt(state.granted.bandwidthBps),
      connections: BigInt(state.granted.connections),
    },
    warnings: warningsOf(state).map((warning) => ({ ...warning, suggestion: seconds(warning.suggestion) })),
  });
}

/** One event of a domain as callers see it. */
export function historyMessage({ version, time, actor, event, before, after }: Step): HistoryEntry {
  const { type, ...fields } = event;
  const details = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)]));
  const changes = compare(before, after);
  return HistoryEntry.create({ version: BigInt(version), time, actor, type, details, changes });
}

function originMessage(origin: Origin) {
  return { ...origin, tlsVerification: verifications[origin.tlsVerification] };
}

function websocketMessage(state: DomainState) {
  const { clientSeconds, originSeconds } = state.declared;
  return {
    enabled: state.websocketEnabled,
    heartbeatTime: seconds(state.heartbeatSeconds),
    backToOriginProtocol: protocols[state.backToOrigin],
    suspended: state.suspension !== undefined,
    suspensionReason: state.suspension ?? '',
    clientHeartbeat: clientSeconds === 0 ? undefined : seconds(clientSeconds),
    originHeartbeat: originSeconds === 0 ? undefined : seconds(originSeconds),
  };
}

function policyMessage(policy: EdgePolicy) {
  return {
    ...policy,
    relayMode: relayModes[policy.relayMode],
    maxFrameBytesFromClient: BigInt(policy.maxFrameBytesFromClient),
    maxFrameBytesFromOrigin: BigInt(policy.maxFrameBytesFromOrigin),
    maxMessageBytesFromClient: BigInt(policy.maxMessageBytesFromClient),
    maxMessageBytesFromOrigin: BigInt(policy.maxMessageBytesFromOrigin),
    maxBytesPerSecond: BigInt(policy.maxBytesPerSecond),
    pingInterval: seconds(policy.pingInterval),
  };
}

function seconds(count: number): Duration {
  return { seconds: BigInt(count), nanos: 0 };
}

const protocols: Record<BackToOrigin, BackToOriginProtocol> = {
  follow: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_FOLLOW,
  http: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_HTTP,
  https: BackToOriginProtocol.BACK_TO_ORIGIN_PROTOCOL_HTTPS,
};

const ownershipStates: Record<DomainState['ownership'], OwnershipState> = {
  unproven: OwnershipState.OWNERSHIP_STATE_UNPROVEN,
  verified: OwnershipState.OWNERSHIP_STATE_VERIFIED,
  confirmed: OwnershipState.OWNERSHIP_STATE_CONFIRMED,
  assumed: OwnershipState.OWNERSHIP_STATE_ASSUMED,
};

const relayModes: Record<EdgePolicy['relayMode'], RelayMode> = {
  tunnel: RelayMode.RELAY_MODE_TUNNEL,
  strict: RelayMode.RELAY_MODE_STRICT,
};

const verifications: Record<Origin['tlsVerification'], TlsVerification> = {
  full: TlsVerification.TLS_VERIFICATION_FULL,
  none: TlsVerification.TLS_VERIFICATION_NONE,
};
