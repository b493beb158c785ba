import { EnterpriseVerification_State, Entitlement_State } from '@longwire/contracts/connect/activation/v1/account';
import type { Account, Limits } from '@longwire/contracts/connect/activation/v1/account';
import { bitsPerSecond, count } from '../figures.ts';
import { Badge } from './badge.tsx';
import type { Tone } from './badge.tsx';
import { Time } from './time.tsx';

const verifications: Record<EnterpriseVerification_State, [tone: Tone, text: string]> = {
  [EnterpriseVerification_State.UNSPECIFIED]: ['quiet', 'Unknown'],
  [EnterpriseVerification_State.UNVERIFIED]: ['wait', 'Not verified yet'],
  [EnterpriseVerification_State.VERIFIED]: ['good', 'Verified'],
  [EnterpriseVerification_State.EXPIRED]: ['bad', 'Expired'],
  [EnterpriseVerification_State.REVOKED]: ['bad', 'Revoked'],
};

const entitlements: Record<Entitlement_State, [tone: Tone, text: string]> = {
  [Entitlement_State.UNSPECIFIED]: ['quiet', 'Unknown'],
  [Entitlement_State.NONE]: ['quiet', 'Not activated'],
  [Entitlement_State.ACTIVE]: ['good', 'Activated'],
  [Entitlement_State.SUSPENDED]: ['bad', 'Suspended'],
};

export function VerificationBadge({ account: { enterpriseVerification } }: { account: Account }) {
  const [tone, text] = verifications[enterpriseVerification?.state ?? EnterpriseVerification_State.UNSPECIFIED];
  return <Badge tone={tone}>{text}</Badge>;
}

export function EntitlementBadge({ account: { websocketEntitlement } }: { account: Account }) {
  const [tone, text] = entitlements[websocketEntitlement?.state ?? Entitlement_State.UNSPECIFIED];
  return <Badge tone={tone}>{text}</Badge>;
}

/** Whether the enterprise is verified, until when, and why not. */
export function VerificationFacts({ account }: { account: Account }) {
  const { enterpriseVerification: verification } = account;
  return (
    <>
      <dt>Enterprise</dt>
      <dd>
        <VerificationBadge account={account} />
        {verification?.expireTime && (
          <span className="muted">
            until <Time value={verification.expireTime} />
          </span>
        )}
        {verification?.revokeReason}
      </dd>
      {verification?.evidence !== '' && (
        <>
          <dt>Evidence</dt>
          <dd>{verification?.evidence}</dd>
        </>
      )}
    </>
  );
}

/** Whether the account may use WebSocket, how much of it, and why not. */
export function EntitlementFacts({ account }: { account: Account }) {
  const { websocketEntitlement: entitlement } = account;
  return (
    <>
      <dt>WebSocket</dt>
      <dd>
        <EntitlementBadge account={account} />
        {entitlement?.suspendTime ? (
          <Time value={entitlement.suspendTime} />
        ) : (
          entitlement?.grantTime && <Time value={entitlement.grantTime} />
        )}
      </dd>
      {entitlement?.suspendReason !== '' && (
        <>
          <dt>Reason</dt>
          <dd>{entitlement?.suspendReason}</dd>
        </>
      )}
      {entitlement?.limits && (
        <>
          <dt>Limits</dt>
          <dd>{limitsText(entitlement.limits)}</dd>
        </>
      )}
    </>
  );
}

/** What was granted, in words. */
export function limitsText({ bandwidthBps, connections }: Pick<Limits, 'bandwidthBps' | 'connections'>): string {
  const bandwidth = bandwidthBps === 0n ? 'any bandwidth' : bitsPerSecond(Number(bandwidthBps));
  return `${bandwidth}, ${connections === 0n ? 'any number of' : count(Number(connections))} connections`;
}
