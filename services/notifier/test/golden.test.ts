import { join } from 'node:path';
import { readGolden } from '@longwire/testing';
import { expect, test } from 'vitest';
import { notification } from '../src/notification.ts';
import type { NotificationEvent, NotificationState } from '../src/notification.ts';
import { webhooks } from '../src/webhooks.ts';
import type { WebhookEvent, WebhooksState } from '../src/webhooks.ts';

const histories = readGolden<NotificationEvent, NotificationState>(join(import.meta.dirname, 'golden'));

test.for(histories)("today's code folds $name", ({ events, state }) => {
  expect(events.reduce(notification.evolve, notification.initial)).toEqual(state);
});

test('every event type has a sample', () => {
  const types: Record<NotificationEvent['type'], true> = {
    NotificationQueued: true,
    NotificationAttemptStarted: true,
    NotificationAttemptFailed: true,
    NotificationSent: true,
    NotificationFailed: true,
    NotificationDelivered: true,
    NotificationUndelivered: true,
    NotificationResent: true,
  };
  const sampled = histories.flatMap(({ events }) => events.map(({ type }) => type));
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});

const webhookHistories = readGolden<WebhookEvent, WebhooksState>(join(import.meta.dirname, 'golden/webhooks'));

test.for(webhookHistories)("today's code folds the webhooks of $name", ({ events, state }) => {
  expect(events.reduce(webhooks.evolve, webhooks.initial)).toEqual(state);
});

test('every event type of webhooks has a sample', () => {
  const types: Record<WebhookEvent['type'], true> = {
    WebhookCreated: true,
    WebhookSecretRotated: true,
    WebhookDisabled: true,
    WebhookEnabled: true,
    WebhookDeleted: true,
  };
  const sampled = webhookHistories.flatMap(({ events }) => events.map(({ type }) => type));
  expect(new Set(sampled)).toEqual(new Set(Object.keys(types)));
});
