import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { notification } from '../src/notification.ts';
import type { NotificationEvent, NotificationState } from '../src/notification.ts';

/** What stands in the streams of running suites for ever: these files are never changed, only joined by others. */
type Golden = { decisions: { events: NotificationEvent[] }[]; state: NotificationState };

const histories = globSync(join(import.meta.dirname, 'golden/*.json')).map((file) => {
  const golden: Golden = JSON.parse(readFileSync(file, 'utf8'));
  return { name: basename(file, '.json'), ...golden };
});

test.for(histories)("today's code folds $name", ({ decisions, state }) => {
  const events = decisions.flatMap(({ events }) => events);
  expect(events.reduce(notification.evolve, notification.initial)).toEqual(state);
});

test('every event type has a sample', () => {
  const types: Record<NotificationEvent['type'], true> = {
    NotificationQueued: true,
    NotificationAttemptFailed: true,
    NotificationSent: true,
    NotificationFailed: true,
    NotificationResent: true,
  };
  const sampled = histories.flatMap(({ decisions }) =>
    decisions.flatMap(({ events }) => events.map(({ type }) => type)),
  );
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
