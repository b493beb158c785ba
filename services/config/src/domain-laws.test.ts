import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@longwire/contracts';
import * as fc from 'fast-check';
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
    host: 'origin.test',
    httpPort: 80,
    httpsPort: 443,
    weight,
    hostHeader: '',
    tlsVerification: 'full' as const,
    caCertificates: '',
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
      type: 'RestoreVersion',
      version: 1,
      target: domain.initial,
      rights: now,
    })),
    restores: fc.nat(),
  }),
);

test('any sequence of commands keeps the laws, any repeat decides nothing, and any prefix of the log folds', () => {
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 40, size: 'max' }), (given) => {
      const log: DomainEvent[] = [];
      /** The states of the versions since the domain was added. */
      let versions: DomainState[] = [];
      let state = domain.initial;
      for (const { command: chosen, restores = 0 } of given) {
        const target = versions[restores % Math.max(1, versions.length)];
        if (chosen.type === 'RestoreVersion' && !target?.present) continue; // the service knows only versions that are there
        const command = chosen.type === 'RestoreVersion' && target ? { ...chosen, target } : chosen;
        const events = decideOrRefuse(command, state);
        const states = events.map((_, index) => events.slice(0, index + 1).reduce(domain.evolve, state));
        const after = states.at(-1) ?? state;
        const broken = lawsOf(state, command, events, after).filter(([, holds]) => !holds);
        expect({ command, broken: broken.map(([law]) => law) }).toEqual({ command, broken: [] });
        expect(states.filter(({ websocketEnabled, http2Enabled }) => websocketEnabled && http2Enabled)).toEqual([]);
        log.push(...events);
        if (events.some(({ type }) => type === 'DomainAdded')) versions = [];
        if (events.length > 0) versions.push(after);
        state = after;
      }
      expect(log.reduce(domain.evolve, domain.initial)).toEqual(state);
      for (let length = 0; length <= log.length; length++) log.slice(0, length).reduce(domain.evolve, domain.initial);
    }),
    { numRuns: 1_000 },
  );
});

/** What a command decides, nothing where it is refused; either way it leaves the state alone. */
function decideOrRefuse(command: DomainCommand, state: DomainState): DomainEvent[] {
  const untouched = structuredClone(state);
  let events: DomainEvent[] = [];
  try {
    events = domain.decide(command, state);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
  }
  expect(state).toEqual(untouched);
  return events;
}

/** Each law by name, and whether it holds for one command. */
function lawsOf(before: DomainState, command: DomainCommand, events: DomainEvent[], after: DomainState) {
  const enables = events.some(({ type }) => type === 'WebSocketEnabled');
  const rightsGiven = 'rights' in command ? command.rights : undefined;
  const isKept = before.present && before.ownership !== 'unproven' && command.type !== 'RemoveDomain';
  const isSame = before.present && after.present && before.accountId === after.accountId;
  const isRepeatable = command.type !== 'RemoveDomain' && command.type !== 'AddDomain';
  const { ownership, granted, suspension, accountSequence } = before;
  const restored = command.type === 'RestoreVersion' && events.length > 0;
  const wanted = restored ? { ...command.target, ownership, granted, suspension, accountSequence } : after;
  const config = domainConfig({
    key: '',
    state: after,
    version: 1,
    history: [],
    decidedAt: new Map(),
    storedTime: new Date(0),
    createTime: new Date(0),
    updateTime: new Date(0),
  });
  const cap = after.granted.connections;
  return [
    ['only a command that may do so enables', !enables || rightsGiven !== undefined],
    ['enabling needs the approval', !enables || rightsGiven?.activated === true],
    ['enabling needs no suspension', !enables || rightsGiven?.suspension === undefined],
    ['enabling needs ownership', !enables || after.ownership !== 'unproven'],
    ['who has proven a name keeps it', !isKept || (after.present && after.accountId === before.accountId)],
    ['older news of the account never win', !isSame || after.accountSequence >= before.accountSequence],
    ['a repeat decides nothing', !isRepeatable || decideOrRefuse(command, after).length === 0],
    ['a restored version is as it was', isDeepStrictEqual(wanted, after)],
    ['edges know what is proven', config.removed === (!after.present || after.ownership === 'unproven')],
    ['grants cap what edges get', cap === 0 || (config.maxConnections > 0 && config.maxConnections <= cap)],
  ] as const;
}
