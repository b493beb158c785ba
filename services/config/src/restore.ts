import type { AccountRights } from './accounts.ts';
import type { DomainCommand } from './domain.ts';
import type { DomainState } from './domain-state.ts';

/**
 * The commands that set everything a customer sets as it was in a state. What excludes something else is switched off first:
 * the domain is right after each of them.
 */
export function settingsOf(target: DomainState, rights: AccountRights): DomainCommand[] {
  const { origins, icpNumber, http2Enabled, websocketEnabled, heartbeatSeconds, backToOrigin, declared, policy } =
    target;
  return [
    ...(websocketEnabled ? [] : [{ type: 'DisableWebSocket' } as const]),
    { type: 'SetHttp2', enabled: http2Enabled },
    { type: 'SetOrigins', origins },
    { type: 'SetIcpNumber', icpNumber },
    { type: 'UpdateWebSocketSettings', heartbeatSeconds, backToOrigin },
    { type: 'DeclareHeartbeats', ...declared },
    { type: 'UpdateEdgePolicy', policy },
    ...(websocketEnabled ? [{ type: 'EnableWebSocket', rights } as const] : []),
  ];
}
