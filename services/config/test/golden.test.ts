import { join } from 'node:path';
import { readGolden } from '@longwire/testing';
import { expect, test } from 'vitest';
import { domain } from '../src/domain.ts';
import type { DomainEvent, DomainState } from '../src/domain-state.ts';

const histories = readGolden<DomainEvent, DomainState>(join(import.meta.dirname, 'golden'));

test.for(histories)("today's code folds $name", ({ events, state }) => {
  expect(events.reduce(domain.evolve, domain.initial)).toMatchObject(state); // newer code knows more of a domain
});

test('an event of a later version is not folded to a state that never was', () => {
  const [{ events } = { events: [] }] = histories;
  const later = [...events, { type: 'MovedToTheMoon' } as unknown as DomainEvent];
  expect(() => later.reduce(domain.evolve, domain.initial)).toThrow('MovedToTheMoon');
});

test('every event type has a sample', () => {
  const types: Record<DomainEvent['type'], true> = {
    DomainAdded: true,
    DomainRemoved: true,
    OriginsSet: true,
    IcpNumberSet: true,
    Http2Enabled: true,
    Http2Disabled: true,
    WebSocketEnabled: true,
    WebSocketDisabled: true,
    HeartbeatTimeSet: true,
    BackToOriginProtocolSet: true,
    OwnershipVerified: true,
    OwnershipConfirmed: true,
    HeartbeatsDeclared: true,
    EdgePolicySet: true,
    LimitsGranted: true,
    WebSocketSuspended: true,
    WebSocketResumed: true,
    VersionRestored: true,
  };
  const sampled = histories.flatMap(({ events }) => events.map(({ type }) => type));
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
