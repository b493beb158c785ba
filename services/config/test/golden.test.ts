import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { domain } from '../src/domain.ts';
import type { DomainEvent, DomainState } from '../src/domain.ts';

/** What stands in the streams of running suites for ever: these files are never changed, only joined by others. */
type Golden = { decisions: { events: DomainEvent[] }[]; state: DomainState };

const histories = globSync(join(import.meta.dirname, 'golden/*.json')).map((file) => {
  const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));
  return { name: basename(file, '.json'), ...golden };
});

test.for(histories)("today's code folds $name", ({ decisions, state }) => {
  const events = decisions.flatMap(({ events }) => events);
  expect(events.reduce(domain.evolve, domain.initial)).toEqual(state);
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
  };
  const sampled = histories.flatMap(({ decisions }) =>
    decisions.flatMap(({ events }) => events.map(({ type }) => type)),
  );
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
