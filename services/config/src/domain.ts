import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@longwire/contracts';
import type { AccountRights } from './accounts.ts';
import { evolve, initial } from './domain-state.ts';
import type { BackToOrigin, DomainEvent, DomainState, Origin } from './domain-state.ts';
import { noLimits } from './edge-policy.ts';
import type { EdgePolicy } from './edge-policy.ts';
import { challengeOf, unproven } from './ownership.ts';
import type { Found } from './ownership.ts';
import { requireWebSocketPossible } from './preconditions.ts';
import { settingsOf } from './restore.ts';

export type DomainCommand =
  | {
      type: 'AddDomain';
      domainName: string;
      accountId: string;
      origins: Origin[];
      icpNumber: string;
      http2Enabled: boolean;
      rights: AccountRights;
      /** What the DNS says; looked up where somebody else claims the name. */
      found?: Found;
    }
  | { type: 'RemoveDomain' }
  | { type: 'VerifyOwnership'; found: Found }
  | { type: 'ConfirmOwnership' }
  | { type: 'SetOrigins'; origins: Origin[] }
  | { type: 'SetIcpNumber'; icpNumber: string }
  | { type: 'SetHttp2'; enabled: boolean }
  | { type: 'EnableWebSocket'; rights: AccountRights }
  | { type: 'DisableWebSocket' }
  | {
      type: 'UpdateWebSocketSettings';
      heartbeatSeconds: number | undefined;
      backToOrigin: BackToOrigin | undefined;
    }
  | { type: 'DeclareHeartbeats'; clientSeconds: number; originSeconds: number }
  | { type: 'UpdateEdgePolicy'; policy: Partial<EdgePolicy> }
  | { type: 'FollowAccount'; accountId: string; rights: AccountRights }
  | { type: 'RestoreVersion'; version: number; target: DomainState; rights: AccountRights };

/** One domain; its name is unique because it is the subject of its events. */
export const domain = { initial, evolve, decide };

/**
 * The same for who acts for an account: while a command is on its way the name may become somebody else's, of whom it must
 * change nothing.
 */
export function domainOf(accountId: string) {
  return {
    ...domain,
    decide(command: DomainCommand, state: DomainState): DomainEvent[] {
      if (command.type !== 'AddDomain' && state.accountId !== accountId) throw domainNotFound();
      return decide(command, state);
    },
  };
}

function decide(command: DomainCommand, state: DomainState): DomainEvent[] {
  if (command.type === 'AddDomain') return add(command, state);
  if (!state.present) throw domainNotFound();
  switch (command.type) {
    case 'RemoveDomain':
      return [{ type: 'DomainRemoved' }];
    case 'VerifyOwnership':
      return verifyOwnership(command.found, state);
    case 'ConfirmOwnership':
      return state.ownership === 'unproven' || state.ownership === 'assumed' ? [{ type: 'OwnershipConfirmed' }] : [];
    case 'SetOrigins':
      return isDeepStrictEqual(command.origins, state.origins)
        ? []
        : [{ type: 'OriginsSet', origins: command.origins }];
    case 'SetIcpNumber':
      return command.icpNumber === state.icpNumber ? [] : [{ type: 'IcpNumberSet', icpNumber: command.icpNumber }];
    case 'SetHttp2':
      return setHttp2(command.enabled, state);
    case 'EnableWebSocket':
      return enableWebSocket(command.rights, state);
    case 'DisableWebSocket':
      return state.websocketEnabled ? [{ type: 'WebSocketDisabled' }] : [];
    case 'UpdateWebSocketSettings':
      return updateSettings(command, state);
    case 'DeclareHeartbeats':
      return declareHeartbeats(command, state);
    case 'UpdateEdgePolicy':
      return updatePolicy(command.policy, state);
    case 'FollowAccount':
      return command.accountId === state.accountId ? follow(command.rights, state) : [];
    case 'RestoreVersion':
      return restore(command, state);
    default:
      return command satisfies never;
  }
}

/** The answer for a domain that is not there, and for one that belongs to somebody else. */
export function domainNotFound(): DomainError {
  return new DomainError('NOT_FOUND', 'DOMAIN_NOT_FOUND', 'there is no such domain in your account; add it first');
}

export function domainExists(): DomainError {
  return new DomainError('ALREADY_EXISTS', 'DOMAIN_EXISTS', 'this domain has been added already');
}

/** Whether what is known of an account differs from what its domain follows, and is newer. */
export function lagsBehind(state: DomainState, rights: AccountRights): boolean {
  return state.present && follow(rights, state).length > 0;
}

type Command<Type extends DomainCommand['type']> = Extract<DomainCommand, { type: Type }>;

/** A claim without proof gives way to one with it, and to nothing else: it can neither block the owner nor be pushed aside. */
function add(command: Command<'AddDomain'>, state: DomainState): DomainEvent[] {
  const { domainName, accountId, origins, icpNumber, http2Enabled, rights, found } = command;
  const isTakeover = state.present && state.ownership === 'unproven' && state.accountId !== accountId;
  if (state.present && !isTakeover) throw domainExists();
  const challenge = challengeOf(domainName, accountId);
  if (isTakeover && !found?.includes(challenge.value)) throw unproven(challenge, found ?? [], 'DOMAIN_CLAIMED');
  return [
    ...(isTakeover ? [{ type: 'DomainRemoved' } as const] : []),
    { type: 'DomainAdded', domainName, accountId, ownership: 'unproven' },
    ...(isTakeover ? [{ type: 'OwnershipVerified', recordName: challenge.name } as const] : []),
    { type: 'OriginsSet', origins },
    ...(icpNumber ? [{ type: 'IcpNumberSet', icpNumber } as const] : []),
    ...(http2Enabled ? [{ type: 'Http2Enabled' } as const] : []),
    ...follow(rights, { suspension: undefined, granted: noLimits, accountSequence: 0 }),
  ];
}

function verifyOwnership(found: Found, { domainName, accountId, ownership }: DomainState): DomainEvent[] {
  const challenge = challengeOf(domainName, accountId);
  if (!found.includes(challenge.value)) throw unproven(challenge, found, 'OWNERSHIP_UNPROVEN');
  return ownership === 'verified' ? [] : [{ type: 'OwnershipVerified', recordName: challenge.name }];
}

function setHttp2(enabled: boolean, state: DomainState): DomainEvent[] {
  if (enabled === state.http2Enabled) return [];
  if (enabled && state.websocketEnabled)
    throw new DomainError(
      'FAILED_PRECONDITION',
      'WEBSOCKET_ENABLED',
      'disable WebSocket on this domain before HTTP/2 is enabled',
    );
  return [{ type: enabled ? 'Http2Enabled' : 'Http2Disabled' }];
}

function enableWebSocket(rights: AccountRights, state: DomainState): DomainEvent[] {
  if (state.websocketEnabled) return [];
  requireWebSocketPossible(rights, state);
  return [{ type: 'WebSocketEnabled' }];
}

function updateSettings(
  { heartbeatSeconds, backToOrigin }: Command<'UpdateWebSocketSettings'>,
  state: DomainState,
): DomainEvent[] {
  const events: DomainEvent[] = [];
  if (heartbeatSeconds !== undefined && heartbeatSeconds !== state.heartbeatSeconds)
    events.push({ type: 'HeartbeatTimeSet', seconds: heartbeatSeconds });
  if (backToOrigin !== undefined && backToOrigin !== state.backToOrigin)
    events.push({ type: 'BackToOriginProtocolSet', protocol: backToOrigin });
  return events;
}

function declareHeartbeats(command: Command<'DeclareHeartbeats'>, { declared }: DomainState): DomainEvent[] {
  const { clientSeconds, originSeconds } = command;
  return isDeepStrictEqual({ clientSeconds, originSeconds }, declared)
    ? []
    : [{ type: 'HeartbeatsDeclared', clientSeconds, originSeconds }];
}

function updatePolicy(wanted: Partial<EdgePolicy>, { policy }: DomainState): DomainEvent[] {
  const present = new Map<string, unknown>(Object.entries(policy));
  const changed = Object.entries(wanted).filter(([field, value]) => !isDeepStrictEqual(value, present.get(field)));
  return changed.length === 0 ? [] : [{ type: 'EdgePolicySet', policy: Object.fromEntries(changed) }];
}

/** What was decided about the account is decided once for each of its domains; older news change nothing. */
function follow(
  { limits, suspension, sequence: accountSequence }: AccountRights,
  state: Pick<DomainState, 'granted' | 'suspension' | 'accountSequence'>,
): DomainEvent[] {
  if (accountSequence <= state.accountSequence) return [];
  const events: DomainEvent[] = [];
  if (!isDeepStrictEqual(limits, state.granted)) events.push({ type: 'LimitsGranted', limits, accountSequence });
  if (suspension !== undefined && suspension !== state.suspension)
    events.push({ type: 'WebSocketSuspended', reason: suspension, accountSequence });
  if (suspension === undefined && state.suspension !== undefined)
    events.push({ type: 'WebSocketResumed', accountSequence });
  return events;
}

/** What leads from the present settings to those of an earlier version, by the rules that hold for each of them. */
function restore({ version, target, rights }: Command<'RestoreVersion'>, state: DomainState): DomainEvent[] {
  const events: DomainEvent[] = [];
  let reached = state;
  for (const command of settingsOf(target, rights)) {
    const step = decide(command, reached);
    events.push(...step);
    reached = step.reduce(evolve, reached);
  }
  return events.length === 0 ? [] : [{ type: 'VersionRestored', version } as const, ...events];
}
