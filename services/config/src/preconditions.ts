import { DomainError } from '@longwire/contracts';
import type { PreconditionViolation } from '@longwire/contracts';
import type { AccountRights } from './accounts.ts';
import type { DomainState } from './domain-state.ts';
import { challengeOf } from './ownership.ts';

/** @throws FAILED_PRECONDITION with everything that stands in the way of WebSocket, at once. */
export function requireWebSocketPossible(rights: AccountRights, state: DomainState): void {
  const unmet = unmetBy(rights, state);
  if (unmet.length === 0) return;
  const list = unmet.map(({ description }) => description).join('; ');
  throw new DomainError('FAILED_PRECONDITION', 'WEBSOCKET_NOT_AVAILABLE', list, { preconditions: unmet });
}

function unmetBy(rights: AccountRights, state: DomainState): PreconditionViolation[] {
  const { name, value } = challengeOf(state.domainName, state.accountId);
  const needs = [
    {
      isMet: rights.activated,
      type: 'ACTIVATION',
      subject: 'account',
      description: 'apply to activate WebSocket and wait for the approval',
    },
    {
      isMet: rights.suspension === undefined,
      type: 'ACCOUNT_SUSPENDED',
      subject: 'account',
      description: `your account's right to WebSocket is suspended: ${rights.suspension}`,
    },
    {
      isMet: state.ownership !== 'unproven',
      type: 'OWNERSHIP',
      subject: 'domain',
      description: `prove that the domain is yours: publish the DNS record ${name} TXT "${value}" and verify it, or have a reviewer confirm it`,
    },
    { isMet: !state.http2Enabled, type: 'HTTP2', subject: 'domain', description: 'disable HTTP/2 on this domain' },
  ];
  return needs.filter(({ isMet }) => !isMet).map(({ type, subject, description }) => ({ type, subject, description }));
}
