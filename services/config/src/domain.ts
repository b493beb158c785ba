import { DomainError } from '@longwire/contracts';

export type Origin = { host: string; httpPort: number; httpsPort: number };
export type BackToOrigin = 'follow' | 'http' | 'https';

/** What happened to a domain. Who and when stand in each decision's headers. */
export type DomainEvent =
  | { type: 'DomainAdded'; domainName: string; accountId: string }
  | { type: 'DomainRemoved' }
  | { type: 'OriginsSet'; origins: Origin[] }
  | { type: 'IcpNumberSet'; icpNumber: string }
  | { type: 'Http2Enabled' }
  | { type: 'Http2Disabled' }
  | { type: 'WebSocketEnabled' }
  | { type: 'WebSocketDisabled' }
  | { type: 'HeartbeatTimeSet'; seconds: number }
  | { type: 'BackToOriginProtocolSet'; protocol: BackToOrigin };

export type DomainState = {
  /** False before it is added and after it is removed. */
  present: boolean;
  domainName: string;
  accountId: string;
  origins: Origin[];
  icpNumber: string;
  http2Enabled: boolean;
  websocketEnabled: boolean;
  heartbeatSeconds: number;
  backToOrigin: BackToOrigin;
};

export type DomainCommand =
  | {
      type: 'AddDomain';
      domainName: string;
      accountId: string;
      origins: Origin[];
      icpNumber: string;
      http2Enabled: boolean;
    }
  | { type: 'RemoveDomain' }
  | { type: 'SetOrigins'; origins: Origin[] }
  | { type: 'SetIcpNumber'; icpNumber: string }
  | { type: 'SetHttp2'; enabled: boolean }
  | { type: 'EnableWebSocket'; accountEntitled: boolean }
  | { type: 'DisableWebSocket' }
  | {
      type: 'UpdateWebSocketSettings';
      heartbeatSeconds: number | undefined;
      backToOrigin: BackToOrigin | undefined;
    };

const initial: DomainState = {
  present: false,
  domainName: '',
  accountId: '',
  origins: [],
  icpNumber: '',
  http2Enabled: false,
  websocketEnabled: false,
  heartbeatSeconds: 60,
  backToOrigin: 'follow',
};

/** One domain; its name is unique because it is the subject of its events. */
export const domain = { initial, evolve, decide };

function evolve(state: DomainState, event: DomainEvent): DomainState {
  switch (event.type) {
    case 'DomainAdded':
      return { ...initial, present: true, domainName: event.domainName, accountId: event.accountId };
    case 'DomainRemoved':
      return { ...state, present: false, websocketEnabled: false };
    case 'OriginsSet':
      return { ...state, origins: event.origins };
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
    default:
      return event satisfies never;
  }
}

function decide(command: DomainCommand, state: DomainState): DomainEvent[] {
  if (command.type === 'AddDomain') return add(command, state);
  if (!state.present) throw domainNotFound();
  switch (command.type) {
    case 'RemoveDomain':
      return [{ type: 'DomainRemoved' }];
    case 'SetOrigins':
      return sameOrigins(command.origins, state.origins) ? [] : [{ type: 'OriginsSet', origins: command.origins }];
    case 'SetIcpNumber':
      return command.icpNumber === state.icpNumber ? [] : [{ type: 'IcpNumberSet', icpNumber: command.icpNumber }];
    case 'SetHttp2':
      return setHttp2(command.enabled, state);
    case 'EnableWebSocket':
      return enableWebSocket(command.accountEntitled, state);
    case 'DisableWebSocket':
      return state.websocketEnabled ? [{ type: 'WebSocketDisabled' }] : [];
    case 'UpdateWebSocketSettings':
      return updateSettings(command, state);
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

function add(command: Extract<DomainCommand, { type: 'AddDomain' }>, state: DomainState): DomainEvent[] {
  if (state.present) throw domainExists();
  return [
    { type: 'DomainAdded', domainName: command.domainName, accountId: command.accountId },
    { type: 'OriginsSet', origins: command.origins },
    ...(command.icpNumber ? [{ type: 'IcpNumberSet' as const, icpNumber: command.icpNumber }] : []),
    ...(command.http2Enabled ? [{ type: 'Http2Enabled' as const }] : []),
  ];
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

function enableWebSocket(accountEntitled: boolean, state: DomainState): DomainEvent[] {
  if (state.websocketEnabled) return [];
  const unmet = [
    ...(accountEntitled
      ? []
      : [
          {
            type: 'ACTIVATION',
            subject: 'account',
            description: 'apply to activate WebSocket and wait for the approval',
          },
        ]),
    ...(state.http2Enabled ? [{ type: 'HTTP2', subject: 'domain', description: 'disable HTTP/2 on this domain' }] : []),
  ];
  if (unmet.length === 0) return [{ type: 'WebSocketEnabled' }];
  const list = unmet.map(({ description }) => description).join('; ');
  throw new DomainError('FAILED_PRECONDITION', 'WEBSOCKET_NOT_AVAILABLE', list, { preconditions: unmet });
}

function updateSettings(
  { heartbeatSeconds, backToOrigin }: Extract<DomainCommand, { type: 'UpdateWebSocketSettings' }>,
  state: DomainState,
): DomainEvent[] {
  const events: DomainEvent[] = [];
  if (heartbeatSeconds !== undefined && heartbeatSeconds !== state.heartbeatSeconds)
    events.push({ type: 'HeartbeatTimeSet', seconds: heartbeatSeconds });
  if (backToOrigin !== undefined && backToOrigin !== state.backToOrigin)
    events.push({ type: 'BackToOriginProtocolSet', protocol: backToOrigin });
  return events;
}

function sameOrigins(one: Origin[], other: Origin[]): boolean {
  const line = ({ host, httpPort, httpsPort }: Origin) => `${host} ${httpPort} ${httpsPort}`;
  return one.map(line).join() === other.map(line).join();
}
