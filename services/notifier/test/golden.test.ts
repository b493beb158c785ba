import { join } from 'node:path';
import { readGolden } from '@longwire/testing';
import { expect, test } from 'vitest';
import { notification } from '../src/notification.ts';
import type { NotificationEvent, NotificationState } from '../src/notification.ts';

const histories = readGolden<NotificationEvent, NotificationState>(join(import.meta.dirname, 'golden'));

test.for(histories)("today's code folds $name", ({ events, state }) => {
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
  const sampled = histories.flatMap(({ events }) => events.map(({ type }) => type));
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
