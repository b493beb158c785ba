import type { Recorded } from '@longwire/eventlog';
import { NotificationList } from './list.ts';
import { idOf } from './notification.ts';
import type { NotificationEvent } from './notification.ts';
import { SendLimits } from './send-limits.ts';
import type { Limits } from './send-limits.ts';
import { WebhookBook } from './webhook-book.ts';
import { accountOf } from './webhooks.ts';
import type { WebhookEvent } from './webhooks.ts';

/** What the stream NOTIFY holds: notifications and webhooks, told apart by their subjects. */
export type StoredEvent = NotificationEvent | WebhookEvent;

/** All that is read: the notifications, the webhooks, and how much was sent lately; folded from NOTIFY. */
export class ReadModel {
  readonly list = new NotificationList();
  readonly book = new WebhookBook();
  readonly limits: SendLimits;

  constructor(limits: Limits) {
    this.limits = new SendLimits(limits);
  }

  fold(recorded: Recorded<StoredEvent>): void {
    if (isAboutWebhooks(recorded)) this.book.fold(recorded);
    else if (isAboutNotification(recorded)) this.#foldNotification(recorded);
  }

  #foldNotification(recorded: Recorded<NotificationEvent>): void {
    const entry = this.list.fold(recorded);
    if (!entry) return;
    const types = recorded.events.map(({ type }) => type);
    this.book.foldDelivery(entry, types);
    if (types.includes('NotificationAttemptStarted'))
      this.limits.began(entry.id, entry.notification, recorded.meta.time);
  }
}

function isAboutWebhooks(recorded: Recorded<StoredEvent>): recorded is Recorded<WebhookEvent> {
  return accountOf(recorded.subject) !== undefined;
}

function isAboutNotification(recorded: Recorded<StoredEvent>): recorded is Recorded<NotificationEvent> {
  return idOf(recorded.subject) !== undefined;
}
