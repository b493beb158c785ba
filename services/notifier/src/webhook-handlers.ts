import { callerOf, requireAccount } from '@longwire/auth';
import type { Caller, Policy } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Handlers } from '@longwire/contracts';
import { WebhookServiceService } from '@longwire/contracts/notifier/v1/webhook_service';
import { handle } from '@longwire/eventlog';
import type { EventLog, Projection } from '@longwire/eventlog';
import type { OriginAllow } from '@longwire/origins';
import { page, parseRequest } from '@longwire/service';
import type { NotificationList } from './list.ts';
import { toNotification, toWebhook } from './messages.ts';
import { notification, subjectOf } from './notification.ts';
import { queueingFor } from './queue-webhooks.ts';
import type { WebhookBook, WebhookView } from './webhook-book.ts';
import {
  accountPattern,
  createRequest,
  deliveriesRequest,
  listRequest,
  rotateRequest,
  webhookRequest,
} from './webhook-requests.ts';
import type { WebhookSecrets } from './webhook-secrets.ts';
import { webhooks, webhooksSubjectOf } from './webhooks.ts';
import type { WebhookCommand } from './webhooks.ts';

const rpcs = WebhookServiceService;

/** A secret is for customers alone: whoever has it can speak in our name to their system. */
export const webhookPolicy: Policy = {
  [rpcs.createWebhook.path]: ['customer'],
  [rpcs.rotateSecret.path]: ['customer'],
  [rpcs.listWebhooks.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.listDeliveries.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.deleteWebhook.path]: ['customer', 'operator'],
  [rpcs.enableWebhook.path]: ['customer', 'operator'],
  [rpcs.testWebhook.path]: ['customer', 'operator'],
};

/** What the handlers work with; the projection folds NOTIFY into list and book. */
export type WebhookContext = {
  log: EventLog;
  list: NotificationList;
  book: WebhookBook;
  projection: Projection;
  secrets: WebhookSecrets;
  allow: OriginAllow;
};

export function createWebhookHandlers(context: WebhookContext): Handlers<typeof rpcs> {
  const { log, list, book, projection, secrets, allow } = context;
  const create = createRequest(allow);
  return {
    async createWebhook(message, { metadata }) {
      const caller = callerOf(metadata);
      const { url, eventTypes, requestId } = parseRequest(create, message);
      const accountId = accountFor(caller);
      const webhookId = `${accountId}-${requestId}`;
      const command = { type: 'CreateWebhook' as const, webhookId, url, eventTypes };
      await carryOut(context, accountId, command, caller, requestId);
      const view = require(book, accountId, webhookId);
      return { webhook: toWebhook(view), secret: await giveSecret(secrets, view, requestId) };
    },

    async listWebhooks(message, { metadata }) {
      const request = parseRequest(listRequest, message);
      return { webhooks: book.of(accountFor(callerOf(metadata), request.accountId)).map(toWebhook) };
    },

    async deleteWebhook(message, { metadata }) {
      const caller = callerOf(metadata);
      const { webhookId, requestId, ...request } = parseRequest(webhookRequest, message);
      const accountId = accountFor(caller, request.accountId);
      await carryOut(context, accountId, { type: 'DeleteWebhook', webhookId }, caller, requestId);
      await secrets.forget(webhookId);
      return {};
    },

    async rotateSecret(message, { metadata }) {
      const caller = callerOf(metadata);
      const { webhookId, requestId } = parseRequest(rotateRequest, message);
      const accountId = accountFor(caller);
      await carryOut(context, accountId, { type: 'RotateSecret', webhookId, requestId }, caller, requestId);
      return { secret: await giveSecret(secrets, require(book, accountId, webhookId), requestId) };
    },

    async enableWebhook(message, { metadata }) {
      const caller = callerOf(metadata);
      const { webhookId, requestId, ...request } = parseRequest(webhookRequest, message);
      const accountId = accountFor(caller, request.accountId);
      await carryOut(context, accountId, { type: 'EnableWebhook', webhookId }, caller, requestId);
      return { webhook: toWebhook(require(book, accountId, webhookId)) };
    },

    async testWebhook(message, { metadata }) {
      const caller = callerOf(metadata);
      const { webhookId, requestId, ...request } = parseRequest(webhookRequest, message);
      const accountId = accountFor(caller, request.accountId);
      require(book, accountId, webhookId);
      const id = `${webhookId}-test-${requestId}-webhook`;
      const now = new Date();
      const meta = { commandId: `Test:${requestId}`, actor: caller.subject, time: now };
      const command = queueingFor(accountId, webhookId, { eventType: 'webhook.test', data: {} }, now);
      const { sequence } = await handle(log, subjectOf(id), notification, command, { meta });
      await projection.reached(sequence);
      const entry = list.get(id);
      return { notification: entry && toNotification(entry) };
    },

    async listDeliveries(message, { metadata }) {
      const { webhookId, ...request } = parseRequest(deliveriesRequest, message);
      const accountId = accountFor(callerOf(metadata), request.accountId);
      require(book, accountId, webhookId);
      const told = list.newestFirst(accountId).filter((entry) => entry.notification.recipient === webhookId);
      const { entries, nextPageToken } = page(told, request, ({ id }) => id);
      return { notifications: entries.map(toNotification), nextPageToken };
    },
  };
}

/** Carries out a command on an account's webhooks, and waits until reads show it. */
async function carryOut(
  { log, projection }: WebhookContext,
  accountId: string,
  command: WebhookCommand,
  caller: Caller,
  requestId: string,
): Promise<void> {
  const meta = { commandId: `${command.type}:${requestId}`, actor: caller.subject, time: new Date() };
  const { sequence } = await handle(log, webhooksSubjectOf(accountId), webhooks, command, { meta });
  await projection.reached(sequence);
}

/**
 * The secret of the request that last asked for one, the first time; empty for a repeat. It is made after the request is
 * recorded, so that a repeat of an older one cannot replace what a newer one was given.
 */
async function giveSecret(
  secrets: WebhookSecrets,
  { webhookId, accountId, rotations }: WebhookView,
  requestId: string,
) {
  const isLast = rotations.length > 0 ? rotations.at(-1) === requestId : webhookId === `${accountId}-${requestId}`;
  return isLast ? secrets.make(webhookId, requestId) : '';
}

/** The account that a request is about; what a token claims must be an account's id as well. */
function accountFor(caller: Caller, named = ''): string {
  const account = requireAccount(caller, named);
  if (accountPattern.test(account)) return account;
  throw new DomainError('PERMISSION_DENIED', 'NO_ACCOUNT', 'the token carries no account id');
}

function require(book: WebhookBook, accountId: string, webhookId: string): WebhookView {
  const view = book.get(accountId, webhookId);
  if (view) return view;
  throw new DomainError('NOT_FOUND', 'WEBHOOK_NOT_FOUND', 'there is no such webhook');
}
