import { DomainError } from '@longwire/contracts';
import { expect, test } from 'vitest';
import type { AccountRights } from './accounts.ts';
import { noRights } from './accounts.ts';
import { domain, domainOf } from './domain.ts';
import type { DomainCommand } from './domain.ts';
import type { DomainEvent, Origin } from './domain-state.ts';
import { noPolicy } from './edge-policy.ts';
import { challengeOf } from './ownership.ts';

const origin: Origin = {
  host: 'origin.acme.test',
  httpPort: 80,
  httpsPort: 443,
  weight: 0,
  hostHeader: '',
  tlsVerification: 'full',
  caCertificates: '',
};
const activated: AccountRights = { ...noRights, activated: true, sequence: 5 };
const proof = challengeOf('live.acme.test', 'acme').value;
const added: DomainEvent = {
  type: 'DomainAdded',
  domainName: 'live.acme.test',
  accountId: 'acme',
  ownership: 'unproven',
};
const confirmed: DomainEvent = { type: 'OwnershipConfirmed' };
const originsSet: DomainEvent = { type: 'OriginsSet', origins: [origin] };
const enabled: DomainEvent = { type: 'WebSocketEnabled' };
const enable: DomainCommand = { type: 'EnableWebSocket', rights: activated };
const add: DomainCommand = {
  type: 'AddDomain',
  domainName: 'live.acme.test',
  accountId: 'acme',
  origins: [origin],
  icpNumber: '',
  http2Enabled: false,
  rights: activated,
};
const addByOther: DomainCommand = { ...add, accountId: 'globex' };

const stateAfter = (events: DomainEvent[]) => events.reduce(domain.evolve, domain.initial);

function given(...events: DomainEvent[]) {
  const state = stateAfter(events);
  return {
    when: (command: DomainCommand) => ({
      decides: (...expected: DomainEvent[]) => expect(domain.decide(command, state)).toEqual(expected),
      refuses: (reason: string, preconditions?: string[]) => {
        const decide = () => domain.decide(command, state);
        expect(decide).toThrow(DomainError);
        expect(decide).toThrow(expect.objectContaining({ reason }));
        if (preconditions === undefined) return;
        const unmet = preconditions.map((type) => expect.objectContaining({ type }));
        expect(decide).toThrow(expect.objectContaining({ details: { preconditions: unmet } }));
      },
    }),
  };
}

test('adding a domain records its account, origins and declarations, and what holds for the account', () => {
  given().when(add).decides(added, originsSet);
  given()
    .when({ ...add, icpNumber: '京ICP备12345678号', http2Enabled: true })
    .decides(added, originsSet, { type: 'IcpNumberSet', icpNumber: '京ICP备12345678号' }, { type: 'Http2Enabled' });
  const limits = { bandwidthBps: 1_000, connections: 2 };
  given()
    .when({ ...add, rights: { ...activated, limits, suspension: 'unpaid' } })
    .decides(
      added,
      originsSet,
      { type: 'LimitsGranted', limits, accountSequence: 5 },
      { type: 'WebSocketSuspended', reason: 'unpaid', accountSequence: 5 },
    );
});
test('a domain belongs to one account at a time', () => {
  given(added, confirmed).when(addByOther).refuses('DOMAIN_EXISTS');
  given(added).when(add).refuses('DOMAIN_EXISTS');
  given(added, { type: 'DomainRemoved' })
    .when(addByOther)
    .decides({ ...added, accountId: 'globex' }, originsSet);
});
test('a claim without proof gives way to one with it, and to no other', () => {
  const { name, value } = challengeOf('live.acme.test', 'globex');
  given(added).when(addByOther).refuses('DOMAIN_CLAIMED');
  given(added)
    .when({ ...addByOther, found: [proof] })
    .refuses('DOMAIN_CLAIMED');
  given(added, { type: 'HeartbeatTimeSet', seconds: 5 })
    .when({ ...addByOther, found: ['something else', value] })
    .decides(
      { type: 'DomainRemoved' },
      { ...added, accountId: 'globex' },
      { type: 'OwnershipVerified', recordName: name },
      originsSet,
    );
  given(added, confirmed)
    .when({ ...addByOther, found: [value] })
    .refuses('DOMAIN_EXISTS');
});
test('ownership is proven by the record of this account, once', () => {
  given(added).when({ type: 'VerifyOwnership', found: [] }).refuses('OWNERSHIP_UNPROVEN');
  given(added)
    .when({ type: 'VerifyOwnership', found: [challengeOf('live.acme.test', 'globex').value] })
    .refuses('OWNERSHIP_UNPROVEN');
  const verified: DomainEvent = { type: 'OwnershipVerified', recordName: '_longwire-challenge.live.acme.test' };
  given(added)
    .when({ type: 'VerifyOwnership', found: [proof] })
    .decides(verified);
  given(added, verified)
    .when({ type: 'VerifyOwnership', found: [proof] })
    .decides();
  given(added, verified).when({ type: 'ConfirmOwnership' }).decides();
  given(added, confirmed).when({ type: 'ConfirmOwnership' }).decides();
});
test('what was refused says which record is expected and what was found', () => {
  const refused = () => domain.decide({ type: 'VerifyOwnership', found: ['v=spf1 -all'] }, stateAfter([added]));
  expect(refused).toThrow(
    `publish the DNS record _longwire-challenge.live.acme.test TXT "${proof}" and try again; found: "v=spf1 -all"`,
  );
  expect(refused).toThrow(
    expect.objectContaining({
      details: {
        metadata: {
          record_name: '_longwire-challenge.live.acme.test',
          record_value: proof,
          found: '"v=spf1 -all"',
        },
      },
    }),
  );
});
test('a wildcard is proven at the name under it, for each account by a value of its own', () => {
  expect(challengeOf('*.acme.test', 'acme')).toEqual(challengeOf('acme.test', 'acme'));
  expect(challengeOf('acme.test', 'acme').value).not.toBe(challengeOf('acme.test', 'globex').value);
});
test('a domain added before ownership was asked for counts as confirmed', () => {
  const { ownership: _, ...old } = added;
  given(old).when(enable).decides(enabled);
  given(old).when(addByOther).refuses('DOMAIN_EXISTS');
});
test('a command that was meant for a domain of one account changes nothing of the next one’s', () => {
  const setOrigins: DomainCommand = { type: 'SetOrigins', origins: [origin] };
  expect(domainOf('acme').decide(setOrigins, stateAfter([added]))).toEqual([originsSet]);
  const taken = stateAfter([added, { type: 'DomainRemoved' }, { ...added, accountId: 'globex' }]);
  expect(() => domainOf('acme').decide(setOrigins, taken)).toThrow(
    expect.objectContaining({ reason: 'DOMAIN_NOT_FOUND' }),
  );
});
test('a domain that was removed takes nothing with it when it comes back', () => {
  const events: DomainEvent[] = [
    added,
    confirmed,
    { type: 'HeartbeatTimeSet', seconds: 5 },
    { type: 'WebSocketSuspended', reason: 'unpaid', accountSequence: 7 },
    enabled,
    { type: 'DomainRemoved' },
    added,
  ];
  expect(stateAfter(events)).toEqual(stateAfter([added]));
});
test('nothing happens to a domain that is not there', () => {
  given().when(enable).refuses('DOMAIN_NOT_FOUND');
  given(added, { type: 'DomainRemoved' }).when({ type: 'RemoveDomain' }).refuses('DOMAIN_NOT_FOUND');
});
test('enabling needs approval, no suspension, ownership and HTTP/2 off, and names all that is missing', () => {
  given(added, confirmed).when(enable).decides(enabled);
  given(added, { type: 'Http2Enabled' })
    .when({ type: 'EnableWebSocket', rights: { ...noRights, suspension: 'unpaid' } })
    .refuses('WEBSOCKET_NOT_AVAILABLE', ['ACTIVATION', 'ACCOUNT_SUSPENDED', 'OWNERSHIP', 'HTTP2']);
  given(added).when(enable).refuses('WEBSOCKET_NOT_AVAILABLE', ['OWNERSHIP']);
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
  given(added).when({ type: 'DeclareHeartbeats', clientSeconds: 0, originSeconds: 0 }).decides();
  given(added).when({ type: 'UpdateEdgePolicy', policy: noPolicy }).decides();
});
test('origins of old events are those of new ones that say nothing more', () => {
  const old: DomainEvent = { type: 'OriginsSet', origins: [{ host: origin.host, httpPort: 80, httpsPort: 443 }] };
  given(added, old)
    .when({ type: 'SetOrigins', origins: [origin] })
    .decides();
});
test('settings change one by one; what is left out stays', () => {
  given(added)
    .when({ type: 'UpdateWebSocketSettings', heartbeatSeconds: 30, backToOrigin: undefined })
    .decides({ type: 'HeartbeatTimeSet', seconds: 30 });
  given(added)
    .when({ type: 'UpdateWebSocketSettings', heartbeatSeconds: 60, backToOrigin: 'https' })
    .decides({ type: 'BackToOriginProtocolSet', protocol: 'https' });
  given(added, { type: 'EdgePolicySet', policy: { maxConnections: 5 } })
    .when({ type: 'UpdateEdgePolicy', policy: { maxConnections: 5, allowedOrigins: ['https://a.test'] } })
    .decides({ type: 'EdgePolicySet', policy: { allowedOrigins: ['https://a.test'] } });
});
test('a domain follows each decision about its account once, and no older one after it', () => {
  const limits = { bandwidthBps: 8_000, connections: 3 };
  const follow = (accountSequence: number, suspension?: string): DomainCommand => ({
    type: 'FollowAccount',
    accountId: 'acme',
    rights: { activated: true, limits, suspension, sequence: accountSequence },
  });
  const granted: DomainEvent = { type: 'LimitsGranted', limits, accountSequence: 7 };
  const suspended: DomainEvent = { type: 'WebSocketSuspended', reason: 'unpaid', accountSequence: 9 };
  given(added).when(follow(7)).decides(granted);
  given(added, granted).when(follow(9, 'unpaid')).decides(suspended);
  given(added, granted, suspended).when(follow(9, 'unpaid')).decides();
  given(added, granted, suspended).when(follow(7)).decides();
  given(added, granted, suspended).when(follow(11)).decides({ type: 'WebSocketResumed', accountSequence: 11 });
  given({ ...added, accountId: 'globex' })
    .when(follow(7))
    .decides();
});
test('restoring a version sets what differs, and nothing else', () => {
  const before = stateAfter([added, confirmed, originsSet, enabled]);
  const restore: DomainCommand = { type: 'RestoreVersion', version: 4, target: before, rights: activated };
  given(added, confirmed, originsSet, enabled).when(restore).decides();
  given(
    added,
    confirmed,
    originsSet,
    { type: 'Http2Enabled' },
    { type: 'HeartbeatTimeSet', seconds: 5 },
    { type: 'EdgePolicySet', policy: { pingInterval: 3 } },
  )
    .when(restore)
    .decides(
      { type: 'VersionRestored', version: 4 },
      { type: 'Http2Disabled' },
      { type: 'HeartbeatTimeSet', seconds: 60 },
      { type: 'EdgePolicySet', policy: { pingInterval: 0 } },
      enabled,
    );
});
test('restoring a version with WebSocket needs what enabling needs, and leaves ownership and the account’s limits alone', () => {
  const withWebSocket = stateAfter([added, confirmed, originsSet, enabled]);
  given(added, originsSet)
    .when({ type: 'RestoreVersion', version: 4, target: withWebSocket, rights: { ...activated, suspension: 'unpaid' } })
    .refuses('WEBSOCKET_NOT_AVAILABLE', ['ACCOUNT_SUSPENDED', 'OWNERSHIP']);
  const unlimited = stateAfter([added]);
  const limits = { bandwidthBps: 1, connections: 1 };
  given(added, confirmed, { type: 'LimitsGranted', limits, accountSequence: 3 }, originsSet)
    .when({ type: 'RestoreVersion', version: 1, target: { ...unlimited, origins: [origin] }, rights: activated })
    .decides();
});
