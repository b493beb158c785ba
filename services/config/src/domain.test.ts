import { DomainError } from '@longwire/contracts';
import { expect, test } from 'vitest';
import { domain } from './domain.ts';
import type { DomainCommand, DomainEvent, Origin } from './domain.ts';

const origin: Origin = { host: 'origin.acme.test', httpPort: 80, httpsPort: 443 };
const added: DomainEvent = { type: 'DomainAdded', domainName: 'live.acme.test', accountId: 'acme' };
const originsSet: DomainEvent = { type: 'OriginsSet', origins: [origin] };
const enabled: DomainEvent = { type: 'WebSocketEnabled' };
const enable: DomainCommand = { type: 'EnableWebSocket', accountEntitled: true };
const add: DomainCommand = {
  type: 'AddDomain',
  domainName: 'live.acme.test',
  accountId: 'acme',
  origins: [origin],
  icpNumber: '',
  http2Enabled: false,
};

function given(...events: DomainEvent[]) {
  const state = events.reduce(domain.evolve, domain.initial);
  return {
    when: (command: DomainCommand) => ({
      decides: (...expected: DomainEvent[]) => expect(domain.decide(command, state)).toEqual(expected),
      refuses: (reason: string) => {
        const decide = () => domain.decide(command, state);
        expect(decide).toThrow(DomainError);
        expect(decide).toThrow(expect.objectContaining({ reason }));
      },
    }),
  };
}

test('adding a domain records its account, origins and declarations', () => {
  given().when(add).decides(added, originsSet);
  given()
    .when({ ...add, icpNumber: '京ICP备12345678号', http2Enabled: true })
    .decides(added, originsSet, { type: 'IcpNumberSet', icpNumber: '京ICP备12345678号' }, { type: 'Http2Enabled' });
});
test('a domain belongs to one account at a time', () => {
  given(added)
    .when({ ...add, accountId: 'globex' })
    .refuses('DOMAIN_EXISTS');
  given(added, { type: 'DomainRemoved' })
    .when({ ...add, accountId: 'globex' })
    .decides({ ...added, accountId: 'globex' }, originsSet);
});
test('a domain that was removed takes nothing with it when it comes back', () => {
  const events: DomainEvent[] = [
    added,
    { type: 'HeartbeatTimeSet', seconds: 5 },
    enabled,
    { type: 'DomainRemoved' },
    added,
  ];
  expect(events.reduce(domain.evolve, domain.initial)).toMatchObject({ heartbeatSeconds: 60, websocketEnabled: false });
});
test('nothing happens to a domain that is not there', () => {
  given().when(enable).refuses('DOMAIN_NOT_FOUND');
  given(added, { type: 'DomainRemoved' }).when({ type: 'RemoveDomain' }).refuses('DOMAIN_NOT_FOUND');
});
test('enabling needs the approval and HTTP/2 off, and names both when both are missing', () => {
  given(added).when(enable).decides(enabled);
  given(added)
    .when({ ...enable, accountEntitled: false })
    .refuses('WEBSOCKET_NOT_AVAILABLE');
  given(added, { type: 'Http2Enabled' }).when(enable).refuses('WEBSOCKET_NOT_AVAILABLE');
  expect(() =>
    given(added, { type: 'Http2Enabled' })
      .when({ ...enable, accountEntitled: false })
      .decides(),
  ).toThrow(/approval; disable HTTP\/2/);
});
test('HTTP/2 is refused while WebSocket is enabled', () => {
  given(added, enabled).when({ type: 'SetHttp2', enabled: true }).refuses('WEBSOCKET_ENABLED');
  given(added).when({ type: 'SetHttp2', enabled: true }).decides({ type: 'Http2Enabled' });
});
test('what is so already is not decided again', () => {
  given(added, originsSet, enabled).when(enable).decides();
  given(added, originsSet).when({ type: 'DisableWebSocket' }).decides();
  given(added, originsSet)
    .when({ type: 'SetOrigins', origins: [{ ...origin }] })
    .decides();
  given(added).when({ type: 'SetIcpNumber', icpNumber: '' }).decides();
  given(added).when({ type: 'SetHttp2', enabled: false }).decides();
});
test('settings change one by one; what is left out stays', () => {
  given(added)
    .when({ type: 'UpdateWebSocketSettings', heartbeatSeconds: 30, backToOrigin: undefined })
    .decides({ type: 'HeartbeatTimeSet', seconds: 30 });
  given(added)
    .when({ type: 'UpdateWebSocketSettings', heartbeatSeconds: 60, backToOrigin: 'https' })
    .decides({ type: 'BackToOriginProtocolSet', protocol: 'https' });
});
