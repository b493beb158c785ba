import { accountFilter, callerOf, seesAccount, seesAllAccounts } from '@longwire/auth';
import type { Caller, Policy } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Call, Handlers } from '@longwire/contracts';
import { Channel, Notification_State } from '@longwire/contracts/notifier/v1/notification';
import type { Notification } from '@longwire/contracts/notifier/v1/notification';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { handle } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import { page, pageSize, parseRequest, requestId } from '@longwire/service';
import { z } from 'zod';
import type { Entry, NotificationList } from './list.ts';
import { notification, subjectOf } from './notification.ts';

const rpcs = NotificationServiceService;

export const policy: Policy = {
  [rpcs.listNotifications.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.getNotification.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.resendNotification.path]: ['reviewer', 'operator'],
};

const listRequest = z.object({ accountId: z.string(), pageSize, pageToken: z.string() });
const getRequest = z.object({ notificationId: z.string().min(1, 'must not be empty') });
const resendRequest = getRequest.extend({ requestId });

/** What the handlers work with; the projection folds NOTIFY into the list. */
export type Context = { log: EventLog; list: NotificationList; projection: Projection };

export function createHandlers({ log, list, projection }: Context): Handlers<typeof rpcs> {
  return {
    async listNotifications(message, { metadata }) {
      const request = parseRequest(listRequest, message);
      const caller = callerOf(metadata);
      const account = accountFilter(caller, request.accountId);
      const seen = list.newestFirst(account).filter((entry) => sees(caller, entry));
      const { entries, nextPageToken } = page(seen, request, ({ id }) => id);
      return { notifications: entries.map(toMessage), nextPageToken };
    },

    async getNotification(message, call) {
      const { notificationId } = parseRequest(getRequest, message);
      return { notification: toMessage(find(list, notificationId, call)) };
    },

    async resendNotification(message, call) {
      const { notificationId, requestId } = parseRequest(resendRequest, message);
      const { id } = find(list, notificationId, call);
      const meta = { commandId: `Resend:${requestId}`, actor: callerOf(call.metadata).subject, time: new Date() };
      const { sequence } = await handle(log, subjectOf(id), notification, { type: 'Resend', requestId }, { meta });
      await projection.reached(sequence);
      return { notification: toMessage(find(list, id, call)) };
    },
  };
}

/** NOT_FOUND for what is not there and for what is another account's, so that ids tell nothing. */
function find(list: NotificationList, id: string, { metadata }: Call): Entry {
  const entry = list.get(id);
  if (entry && sees(callerOf(metadata), entry)) return entry;
  throw new DomainError('NOT_FOUND', 'NOTIFICATION_NOT_FOUND', 'there is no such notification');
}

/** A customer sees what goes to its account, not what the review desk is told about it. */
function sees(caller: Caller, { notification: { accountId, recipient } }: Entry): boolean {
  return recipient === undefined ? seesAccount(caller, accountId) : seesAllAccounts(caller);
}

function toMessage({ id, notification, createTime, sentTime }: Entry): Notification {
  return {
    notificationId: id,
    accountId: notification.accountId,
    channel: { email: Channel.CHANNEL_EMAIL, sms: Channel.CHANNEL_SMS }[notification.channel],
    template: notification.content.template,
    state: {
      queued: Notification_State.STATE_QUEUED,
      sent: Notification_State.STATE_SENT,
      failed: Notification_State.STATE_FAILED,
    }[notification.state],
    attemptCount: notification.attemptCount,
    lastError: notification.lastError,
    providerMessageId: notification.providerMessageId,
    recipient: notification.recipient ?? '',
    createTime,
    sentTime,
  };
}
