import { handle } from '@longwire/eventlog';
import type { EventLog, Meta, Projection } from '@longwire/eventlog';
import type { WebhookContent } from './content.ts';
import { notification, subjectOf } from './notification.ts';
import type { WebhookBook } from './webhook-book.ts';

export type QueueToWebhooks = (accountId: string, news: News[], meta: Meta) => Promise<void>;

/** Something to tell, and the key of its cause: the stream, the sequence of the decision, the position within it. */
export type News = { key: string; parameters: WebhookContent['parameters'] };

/**
 * Queues what an account's webhooks are to be told, one delivery for each that was there when it happened. Ids follow
 * from the cause, so what comes again queues nothing new.
 */
export function queueToWebhooks(log: EventLog, book: WebhookBook, projection: Projection): QueueToWebhooks {
  return async (accountId, news, cause) => {
    if (news.length === 0) return;
    // Another process may have added a webhook a moment before the cause.
    await projection.catchUp();
    const meta = { ...cause, commandId: 'queue', actor: 'notifier', time: new Date() };
    for (const { key, parameters } of news) {
      for (const { webhookId } of book.toldOf(accountId, parameters.eventType, cause.time)) {
        const command = queueingFor(accountId, webhookId, parameters, cause.time);
        await handle(log, subjectOf(`${webhookId}-${key}-webhook`), notification, command, { meta });
      }
    }
  };
}

/** The command that queues a delivery to a webhook. */
export function queueingFor(
  accountId: string,
  webhookId: string,
  parameters: WebhookContent['parameters'],
  causeTime: Date,
) {
  return {
    type: 'Queue' as const,
    accountId,
    channel: 'webhook' as const,
    recipient: webhookId,
    causeTime: causeTime.toISOString(),
    template: 'webhook-event' as const,
    parameters,
  };
}
