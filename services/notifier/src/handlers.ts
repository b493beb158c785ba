import { accountFilter, callerOf, seesAccount, seesAllAccounts } from '@longwire/auth';
import type { Caller, Policy } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Call, Handlers } from '@longwire/contracts';
import { Channel, Notification_State } from '@longwire/contracts/notifier/v1/notification';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { handle } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import { page, pageSize, parseRequest, requestId } from '@longwire/service';
import { z } from 'zod';
import { decisionsIn, tellingFigures } from './decisions.ts';
import type { Entry, NotificationList } from './list.ts';
import { channels, states, toDuration, toNotification } from './messages.ts';
import { isForAccount, notification, subjectOf } from './notification.ts';
import { preview, previewTemplates } from './preview.ts';
import { languages } from './wording.ts';

const rpcs = NotificationServiceService;

export const policy: Policy = {
  [rpcs.listNotifications.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.getNotification.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.resendNotification.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.previewTemplate.path]: ['reviewer', 'operator'],
  [rpcs.getTellingFigures.path]: ['reviewer', 'operator'],
};

const listRequest = z.object({
  accountId: z.string(),
  pageSize,
  pageToken: z.string(),
  state: z.enum(Notification_State, 'must be a state'),
  channel: z.enum(Channel, 'must be a channel'),
});
const getRequest = z.object({ notificationId: z.string().min(1, 'must not be empty') });
const resendRequest = getRequest.extend({ requestId });
const previewRequest = z.object({
  template: z.enum(previewTemplates, `must be one of ${previewTemplates.join(', ')}`),
  language: z.enum(languages, `must be one of ${languages.join(', ')}`),
});
const figuresRequest = z
  .object({ startTime: z.date().optional(), endTime: z.date().optional() })
  .refine(({ startTime, endTime }) => !startTime || startTime < (endTime ?? new Date()), {
    path: ['startTime'],
    error: 'must be before end_time',
  });

const usualFiguresMs = 30 * 24 * 3_600_000;

/** What the handlers work with; the projection folds NOTIFY into the list. */
export type Context = {
  log: EventLog;
  list: NotificationList;
  projection: Projection;
  /** Milliseconds within which a decision is to be told. */
  limitMs: number;
  /** In which times are written. */
  timeZone: string;
};

export function createHandlers({ log, list, projection, limitMs, timeZone }: Context): Handlers<typeof rpcs> {
  return {
    async listNotifications(message, { metadata }) {
      const request = parseRequest(listRequest, message);
      const caller = callerOf(metadata);
      const account = accountFilter(caller, request.accountId);
      const seen = list.newestFirst(account).filter((entry) => sees(caller, entry) && matches(request, entry));
      const { entries, nextPageToken } = page(seen, request, ({ id }) => id);
      return { notifications: entries.map(toNotification), nextPageToken };
    },

    async getNotification(message, call) {
      const { notificationId } = parseRequest(getRequest, message);
      return { notification: toNotification(find(list, notificationId, call)) };
    },

    async resendNotification(message, call) {
      const { notificationId, requestId } = parseRequest(resendRequest, message);
      const { id } = mayResend(callerOf(call.metadata), find(list, notificationId, call));
      const meta = { commandId: `Resend:${requestId}`, actor: callerOf(call.metadata).subject, time: new Date() };
      const { sequence } = await handle(log, subjectOf(id), notification, { type: 'Resend', requestId }, { meta });
      await projection.reached(sequence);
      return { notification: toNotification(find(list, id, call)) };
    },

    async previewTemplate(message) {
      const { template, language } = parseRequest(previewRequest, message);
      return preview(template, language, timeZone);
    },

    async getTellingFigures(message) {
      const { startTime, endTime = new Date() } = parseRequest(figuresRequest, message);
      const from = startTime ?? new Date(endTime.getTime() - usualFiguresMs);
      const within = decisionsIn(list.all()).filter(({ causeTime }) => causeTime >= from && causeTime < endTime);
      const { p50Seconds, p95Seconds, maxSeconds, ...counts } = tellingFigures(within, limitMs, new Date());
      const [p50, p95, max, limit] = [p50Seconds, p95Seconds, maxSeconds, limitMs / 1000].map(toDuration);
      return { ...counts, p50, p95, max, limit };
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
function sees(caller: Caller, { notification }: Entry): boolean {
  return isForAccount(notification) ? seesAccount(caller, notification.accountId) : seesAllAccounts(caller);
}

/** What goes to people costs, and is for the desk to send again; a customer's own system is the customer's. */
function mayResend(caller: Caller, entry: Entry): Entry {
  if (seesAllAccounts(caller) || entry.notification.channel === 'webhook') return entry;
  throw new DomainError(
    'PERMISSION_DENIED',
    'ROLE_MISSING',
    'messages to people are resent by reviewers and operators',
  );
}

function matches({ state, channel }: z.infer<typeof listRequest>, { notification }: Entry): boolean {
  return (
    (state === Notification_State.STATE_UNSPECIFIED || states[notification.state] === state) &&
    (channel === Channel.CHANNEL_UNSPECIFIED || channels[notification.channel] === channel)
  );
}
