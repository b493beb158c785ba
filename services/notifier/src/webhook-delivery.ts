import { load } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import type { OriginAllow } from '@longwire/origins';
import { DeliveryFailure } from './failure.ts';
import type { Notification } from './notification.ts';
import { postWebhook } from './webhook-request.ts';
import type { WebhookSecrets } from './webhook-secrets.ts';
import { webhooks, webhooksSubjectOf } from './webhooks.ts';

/** Gives a delivery to its webhook. */
export type SendWebhook = (id: string, delivery: Notification) => Promise<void>;

/** Looks a webhook up in the log itself, so that a deleted one is told nothing more, and posts to it. */
export function webhookSender(log: EventLog, secrets: WebhookSecrets, allow: OriginAllow): SendWebhook {
  return async (id, { accountId, recipient = '', content, causeTime }) => {
    if (content.template !== 'webhook-event') throw new Error(`${content.template} is not for webhooks`);
    const { state } = await load(log, webhooksSubjectOf(accountId), webhooks);
    const webhook = state[recipient];
    if (!webhook) throw new DeliveryFailure('the webhook was deleted', true);
    if (webhook.disabledReason !== undefined) throw new DeliveryFailure('the webhook is switched off', true);
    const { eventType, data } = content.parameters;
    const current = await secrets.current(recipient);
    // The process ended between recording the webhook and making its secret; whoever asked for it asks again.
    if (current.length === 0) throw new DeliveryFailure('the webhook has no secret yet', false);
    const body = JSON.stringify({ id, type: eventType, time: causeTime, accountId, data });
    await postWebhook({ id, url: webhook.url, body, secrets: current }, allow);
  };
}
