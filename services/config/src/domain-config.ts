import { BackToOrigin, DomainConfig, RelayMode, TlsVerification } from '@longwire/contracts/edge/v1/domain_config';
import { stricter } from './edge-policy.ts';
import type { DomainView } from './read-model.ts';

/**
 * What an edge needs to know of a domain. A removed one is a tombstone, so that its versions keep rising; so is one whose
 * ownership is not proven, for a mere claim must not stand before a wildcard of the owner's.
 */
export function domainConfig({ state, version }: DomainView): DomainConfig {
  const { policy, granted } = state;
  return DomainConfig.create({
    domainName: state.domainName,
    accountId: state.accountId,
    version: BigInt(version),
    removed: !state.present || state.ownership === 'unproven',
    websocketEnabled: state.websocketEnabled,
    suspended: state.suspension !== undefined,
    heartbeatSeconds: state.heartbeatSeconds,
    backToOrigin: backToOrigin[state.backToOrigin],
    origins: state.origins.map((origin) => ({ ...origin, tlsVerification: verifications[origin.tlsVerification] })),
    relayMode: relayModes[policy.relayMode],
    maxFrameBytesFromClient: BigInt(policy.maxFrameBytesFromClient),
    maxFrameBytesFromOrigin: BigInt(policy.maxFrameBytesFromOrigin),
    maxMessageBytesFromClient: BigInt(policy.maxMessageBytesFromClient),
    maxMessageBytesFromOrigin: BigInt(policy.maxMessageBytesFromOrigin),
    pingIntervalSeconds: policy.pingInterval,
    maxConnections: stricter(policy.maxConnections, Math.min(granted.connections, mostInt32)),
    maxHandshakesPerSecond: policy.maxHandshakesPerSecond,
    maxBytesPerSecond: BigInt(stricter(policy.maxBytesPerSecond, Math.ceil(granted.bandwidthBps / 8))),
    allowedOrigins: policy.allowedOrigins,
    allowedSubprotocols: policy.allowedSubprotocols,
  });
}

const mostInt32 = 2 ** 31 - 1;

const backToOrigin = {
  follow: BackToOrigin.BACK_TO_ORIGIN_FOLLOW,
  http: BackToOrigin.BACK_TO_ORIGIN_HTTP,
  https: BackToOrigin.BACK_TO_ORIGIN_HTTPS,
};

const relayModes = { tunnel: RelayMode.RELAY_MODE_TUNNEL, strict: RelayMode.RELAY_MODE_STRICT };

const verifications = {
  full: TlsVerification.TLS_VERIFICATION_FULL,
  none: TlsVerification.TLS_VERIFICATION_NONE,
};
