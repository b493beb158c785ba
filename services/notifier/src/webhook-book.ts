import type { Recorded } from '@longwire/eventlog';
import type { Entry } from './list.ts';
import { accountOf, webhooks } from './webhooks.ts';
import type { Webhook, WebhookEvent, WebhooksState } from './webhooks.ts';

export type WebhookView = Webhook & {
  webhookId: string;
  accountId: string;
  createTime: Date;
  /** Deliveries given up since the last one that was accepted, or since it was enabled. */
  failuresInARow: number;
};

/** All accounts' webhooks, and how their deliveries end; folded from NOTIFY. */
export class WebhookBook {
  readonly #accounts = new Map<string, WebhooksState>();
  readonly #createTimes = new Map<string, Date>();
  readonly #failures = new Map<string, number>();

  fold({ subject, meta, events }: Recorded<WebhookEvent>): void {
    const accountId = accountOf(subject);
    if (accountId === undefined) return;
    this.#accounts.set(accountId, events.reduce(webhooks.evolve, this.#accounts.get(accountId) ?? webhooks.initial));
    for (const { type, webhookId } of events) {
      if (type === 'WebhookCreated') this.#createTimes.set(webhookId, meta.time);
      if (type === 'WebhookEnabled' || type === 'WebhookDeleted') this.#failures.delete(webhookId);
    }
  }

  /** A notification was changed by these events. */
  foldDelivery({ notification: { channel, recipient } }: Entry, types: readonly string[]): void {
    if (channel !== 'webhook' || recipient === undefined) return;
    if (types.includes('NotificationFailed')) this.#failures.set(recipient, (this.#failures.get(recipient) ?? 0) + 1);
    if (types.includes('NotificationSent')) this.#failures.delete(recipient);
  }

  get(accountId: string, webhookId: string): WebhookView | undefined {
    const webhook = this.#accounts.get(accountId)?.[webhookId];
    if (!webhook) return undefined;
    const createTime = this.#createTimes.get(webhookId) ?? new Date(0);
    return { ...webhook, webhookId, accountId, createTime, failuresInARow: this.#failures.get(webhookId) ?? 0 };
  }

  /** Those of an account that are there, in the order of their creation. */
  of(accountId: string): WebhookView[] {
    return Object.keys(this.#accounts.get(accountId) ?? {})
      .flatMap((webhookId) => this.get(accountId, webhookId) ?? [])
      .toSorted((one, other) => one.createTime.getTime() - other.createTime.getTime());
  }

  /** Those that are to be told of what happened at a time: enabled, meant for it, and there before it. */
  toldOf(accountId: string, eventType: string, time: Date): WebhookView[] {
    return this.of(accountId).filter(
      ({ disabledReason, eventTypes, createTime }) =>
        disabledReason === undefined &&
        (eventTypes.length === 0 || eventTypes.includes(eventType)) &&
        createTime <= time,
    );
  }
}
