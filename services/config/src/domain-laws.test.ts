import { DomainError } from '@longwire/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccountRights } from './accounts.ts';
import { domain } from './domain.ts';
import type { DomainCommand } from './domain.ts';
import type { DomainEvent, DomainState } from './domain-state.ts';
import { domainConfig } from './domain-config.ts';
import { challengeOf } from './ownership.ts';

const domainName = 'live.acme.test';
const accounts = fc.constantFrom('acme', 'globex');
const found = accounts.map((account) => [challengeOf(domainName, account).value]);
const small = fc.integer({ min: 1, max: 5 });
const limits = fc.record({ bandwidthBps: fc.constantFrom(0, 8_000), connections: fc.constantFrom(0, 3) });
const rights: fc.Arbitrary<AccountRights> = fc.record({
  activated: fc.boolean(),
  limits,
  suspension: fc.option(fc.constant('unpaid'), { nil: undefined }),
  sequence: fc.integer({ min: 0, max: 20 }),
});
const origins = small.map((weight) => [
  {
    ...{ host: 'origin.test', httpPort: 80, httpsPort: 443, weight },
    ...{ hostHeader: '', tlsVerification: 'full' as const, caCertificates: '' },
  },
]);

type Given = { command: DomainCommand; restores?: number };
const commands: fc.Arbitrary<Given> = fc.oneof(
  ...[
    fc.record({
      type: fc.constant('AddDomain' as const),
      domainName: fc.constant(domainName),
      accountId: accounts,
      origins,
      icpNumber: fc.constantFrom('', '京ICP备12345678号'),
      http2Enabled: fc.boolean(),
      rights,
      found,
    }),
    fc.constantFrom<DomainCommand>(
      { type: 'RemoveDomain' },
      { type: 'ConfirmOwnership' },
      { type: 'DisableWebSocket' },
      { type: 'SetHttp2', enabled: true },
      { type: 'SetHttp2', enabled: false },
    ),
    fc.record({ type: fc.constant('VerifyOwnership' as const), found }),
    fc.record({ type: fc.constant('SetOrigins' as const), origins }),
    fc.record({ type: fc.constant('EnableWebSocket' as const), rights }),
    fc.record({
      type: fc.constant('UpdateWebSocketSettings' as const),
      heartbeatSeconds: fc.option(small, { nil: undefined }),
      backToOrigin: fc.constantFrom(undefined, 'http' as const, 'https' as const),
    }),
    fc.record({ type: fc.constant('DeclareHeartbeats' as const), clientSeconds: small, originSeconds: small }),
    fc.record({
      type: fc.constant('UpdateEdgePolicy' as const),
      policy: fc.record({ maxConnections: small, pingInterval: small }, { requiredKeys: [] }),
    }),
    fc.record({ type: fc.constant('FollowAccount' as const), accountId: accounts, rights }),
  ].map((arbitrary: fc.Arbitrary<DomainCommand>) => arbitrary.map((command) => ({ command }))),
  fc.record({
    command: rights.map((now): DomainCommand => ({
      ...{ type: 'RestoreVersion', version: 1, target: domain.initial, rights: now },
    })),
    restores: fc.nat(),
  }),
);

/** Which commands may change what they are not about: nothing but these may. */
const mayEnable = new Set(['EnableWebSocket', 'RestoreVersion']);

test('any sequence of commands keeps the laws, any repeat decides nothing, and any prefix of the log folds', () => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 40 }), (given) => {
      const log: DomainEvent[] = [];
      /** The states of the versions since the domain was added. */
      let versions: DomainState[] = [];
      let state = domain.initial;
      for (const { command: chosen, restores = 0 } of given) {
        const target = versions[restores % Math.max(1, versions.length)] ?? domain.initial;
        const command = chosen.type === 'RestoreVersion' ? { ...chosen, target } : chosen;
        if (command.type === 'RestoreVersion' && !target.present) continue; // the service knows only versions that are there
        const events = decideOrRefuse(command, state);
        const before = state;
        for (const event of events) {
          state = domain.evolve(state, event);
          expect(state.websocketEnabled && state.http2Enabled).toBe(false);
          if (event.type === 'WebSocketEnabled') expect(mayEnable.has(command.type)).toBe(true);
        }
        checkStep(before, command, events, state);
        if (command.type !== 'RemoveDomain' && command.type !== 'AddDomain')
          expect(decideOrRefuse(command, state)).toEqual([]);
        log.push(...events);
        if (events.some(({ type }) => type === 'DomainAdded')) versions = [];
        if (events.length > 0) versions.push(state);
      }
      expect(log.reduce(domain.evolve, domain.initial)).toEqual(state);
      for (let length = 0; length <= log.length; length++) log.slice(0, length).reduce(domain.evolve, domain.initial);
    }),
    { numRuns: 2_000 },
  );
});

function decideOrRefuse(command: DomainCommand, state: DomainState): DomainEvent[] {
  const frozen = structuredClone(state);
  try {
    return domain.decide(command, state);
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    return [];
  } finally {
    expect(state).toEqual(frozen);
  }
}

function checkStep(before: DomainState, command: DomainCommand, events: DomainEvent[], after: DomainState): void {
  const enabled = events.some(({ type }) => type === 'WebSocketEnabled');
  if (enabled && 'rights' in command) {
    expect(command.rights).toMatchObject({ activated: true, suspension: undefined });
    expect(before.ownership).not.toBe('unproven');
  }
  // Whoever has proven or confirmed the name keeps it until it is removed.
  if (before.present && before.ownership !== 'unproven' && command.type !== 'RemoveDomain')
    expect(after).toMatchObject({ present: true, accountId: before.accountId });
  // Older news of the account never win.
  if (before.accountId === after.accountId && before.present && after.present)
    expect(after.accountSequence).toBeGreaterThanOrEqual(before.accountSequence);
  if (command.type === 'RestoreVersion' && events.length > 0) {
    const { ownership, granted, suspension, accountSequence } = before;
    expect(after).toEqual({ ...command.target, ownership, granted, suspension, accountSequence });
  }
  const config = domainConfig({
    ...{ key: '', state: after, version: 1, history: [], decidedAt: new Map() },
    ...{ storedTime: new Date(0), createTime: new Date(0), updateTime: new Date(0) },
  });
  expect(config.removed).toBe(!after.present || after.ownership === 'unproven');
  if (after.granted.connections > 0) {
    expect(config.maxConnections).toBeGreaterThan(0);
    expect(config.maxConnections).toBeLessThanOrEqual(after.granted.connections);
  }
}
