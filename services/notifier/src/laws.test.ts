import { DomainError } from '@longwire/contracts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { notification } from './notification.ts';
import type { NotificationCommand, NotificationEvent, NotificationState } from './notification.ts';
import { webhooks } from './webhooks.ts';
import type { WebhookCommand, WebhookEvent, WebhooksState } from './webhooks.ts';

const error = fc.constantFrom('a', 'b');
const requestId = fc.constantFrom('r1', 'r2', 'r3');
const command: fc.Arbitrary<NotificationCommand> = fc.oneof(
  fc.constant<NotificationCommand>({
    type: 'Queue',
    accountId: 'acme',
    channel: 'sms',
    template: 'entitlement-reinstated',
    parameters: { companyName: 'Acme' },
  }),
  fc.constant<NotificationCommand>({ type: 'StartAttempt', time: '2026-11-25T01:00:00.000Z' }),
  fc.record({ type: fc.constant('RecordSent' as const), providerMessageId: fc.constantFrom('', 'p') }),
  fc.record({
    type: fc.constant('RecordFailure' as const),
    error,
    permanent: fc.boolean(),
    maxAttempts: fc.constant(3),
  }),
  fc.constant<NotificationCommand>({ type: 'RecordDelivered' }),
  fc.record({ type: fc.constant('RecordUndelivered' as const), error }),
  fc.record({ type: fc.constant('Resend' as const), requestId }),
);

const webhookId = fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `w${index}`));
const webhookCommand: fc.Arbitrary<WebhookCommand> = fc.oneof(
  fc.record({
    type: fc.constant('CreateWebhook' as const),
    webhookId,
    url: fc.constant('https://hooks.acme.test/'),
    eventTypes: fc.constant<string[]>([]),
  }),
  fc.record({ type: fc.constant('RotateSecret' as const), webhookId, requestId }),
  fc.record({ type: fc.constant('DisableWebhook' as const), webhookId, reason: fc.constant('why') }),
  fc.record({ type: fc.constant('EnableWebhook' as const), webhookId }),
  fc.record({ type: fc.constant('DeleteWebhook' as const), webhookId }),
);

type Standing = Exclude<NotificationState, undefined>['state'];

/** Where a notification may stand after each standing: what has arrived stays so, what was accepted is not begun again. */
const next: Record<Standing, Standing[]> = {
  queued: ['queued', 'sending', 'sent'],
  sending: ['sending', 'queued', 'sent', 'delivered', 'failed'],
  sent: ['sent', 'delivered', 'failed'],
  delivered: ['delivered'],
  failed: ['failed', 'queued', 'sent', 'delivered'],
};

/** What a command decides; nothing where a rule refuses it. Anything else that is thrown is a fault. */
function decideOrRefuse<C, S, E>(decide: (command: C, state: S) => E[], command: C, state: S): E[] {
  try {
    return decide(command, state);
  } catch (refusal) {
    if (refusal instanceof DomainError) return [];
    throw refusal;
  }
}

test('whatever is commanded in whatever order, a notification keeps its laws', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      let state: NotificationState;
      const log: NotificationEvent[] = [];
      for (const one of commands) {
        const events = decideOrRefuse(notification.decide, one, state);
        const before = state;
        state = events.reduce(notification.evolve, state);
        log.push(...events);
        // A repeated command decides nothing.
        expect(decideOrRefuse(notification.decide, one, state)).toEqual([]);
        expect(state?.attemptCount ?? 0).toBeLessThanOrEqual(3);
        expect(new Set(state?.resends).size).toBe(state?.resends.length ?? 0);
        expect(before ? next[before.state] : [undefined, 'queued']).toContain(state?.state);
      }
      // Between two resends it is accepted once.
      const lives = log
        .map(({ type }) => type)
        .join(' ')
        .split('NotificationResent');
      for (const life of lives) expect(life.match(/NotificationSent/g)?.length ?? 0).toBeLessThanOrEqual(1);
    }),
    { seed: 20_261_125, numRuns: 2_000 },
  );
});

test('any prefix of the log of a notification folds', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let state: NotificationState;
      const states: NotificationState[] = [undefined];
      const log: NotificationEvent[] = [];
      for (const one of commands) {
        for (const event of decideOrRefuse(notification.decide, one, state)) {
          state = notification.evolve(state, event);
          log.push(event);
          states.push(state);
        }
      }
      const stored: NotificationEvent[] = JSON.parse(JSON.stringify(log));
      for (let length = 0; length <= log.length; length++) {
        expect(stored.slice(0, length).reduce(notification.evolve, notification.initial)).toEqual(states[length]);
      }
    }),
    { seed: 20_261_125, numRuns: 500 },
  );
});

test("whatever is commanded in whatever order, an account's webhooks keep their laws", () => {
  fc.assert(
    fc.property(fc.array(webhookCommand, { maxLength: 60 }), (commands) => {
      let state: WebhooksState = webhooks.initial;
      const log: WebhookEvent[] = [];
      for (const one of commands) {
        const wasDeleted = Object.hasOwn(state, one.webhookId) && state[one.webhookId] === undefined;
        const events = decideOrRefuse(webhooks.decide, one, state);
        state = events.reduce(webhooks.evolve, state);
        log.push(...events);
        expect(decideOrRefuse(webhooks.decide, one, state)).toEqual([]);
        expect(Object.values(state).filter(Boolean).length).toBeLessThanOrEqual(10);
        expect(wasDeleted ? events : []).toEqual([]);
      }
      for (let length = 0; length <= log.length; length++) {
        expect(() => log.slice(0, length).reduce(webhooks.evolve, webhooks.initial)).not.toThrow();
      }
    }),
    { seed: 20_261_125, numRuns: 1_000 },
  );
});
