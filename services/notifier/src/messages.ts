import type { Duration } from '@longwire/contracts/google/protobuf/duration';
import { Channel, Notification_State } from '@longwire/contracts/notifier/v1/notification';
import type { Notification } from '@longwire/contracts/notifier/v1/notification';
import { Webhook_State } from '@longwire/contracts/notifier/v1/webhook';
import type { Webhook } from '@longwire/contracts/notifier/v1/webhook';
import type { Entry } from './list.ts';
import type { WebhookView } from './webhook-book.ts';

export const channels = {
  email: Channel.CHANNEL_EMAIL,
  sms: Channel.CHANNEL_SMS,
  webhook: Channel.CHANNEL_WEBHOOK,
} as const;

export const states = {
  queued: Notification_State.STATE_QUEUED,
  sending: Notification_State.STATE_SENDING,
  sent: Notification_State.STATE_SENT,
  delivered: Notification_State.STATE_DELIVERED,
  failed: Notification_State.STATE_FAILED,
} as const;

export function toNotification({ id, notification, createTime, sentTime, deliveredTime }: Entry): Notification {
  const {
    accountId,
    channel,
    content,
    state,
    attemptCount,
    lastError,
    providerMessageId,
    recipient = '',
  } = notification;
  return {
    notificationId: id,
    accountId,
    channel: channels[channel],
    template: content.template === 'webhook-event' ? content.parameters.eventType : content.template,
    state: states[state],
    attemptCount,
    lastError,
    providerMessageId,
    createTime,
    sentTime,
    recipient,
    deliveredTime,
  };
}

export function toWebhook(view: WebhookView): Webhook {
  const { webhookId, accountId, url, eventTypes, disabledReason, failuresInARow, createTime } = view;
  return {
    webhookId,
    accountId,
    url,
    eventTypes: [...eventTypes],
    state: disabledReason === undefined ? Webhook_State.STATE_ENABLED : Webhook_State.STATE_DISABLED,
    disabledReason: disabledReason ?? '',
    failuresInARow,
    createTime,
  };
}

export function toDuration(seconds: number): Duration {
  const whole = Math.floor(seconds);
  return { seconds: BigInt(whole), nanos: Math.round((seconds - whole) * 1_000) * 1_000_000 };
}
