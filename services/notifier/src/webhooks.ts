import { DomainError } from '@longwire/contracts';

/** The webhooks of one account, one aggregate on one subject: "at most ten" is then a rule of one stream. No secret is in it. */
export type WebhookEvent =
  | { type: 'WebhookCreated'; webhookId: string; url: string; /** Empty means all. */ eventTypes: string[] }
  | { type: 'WebhookSecretRotated'; webhookId: string; requestId: string }
  | { type: 'WebhookDisabled'; webhookId: string; reason: string }
  | { type: 'WebhookEnabled'; webhookId: string }
  | { type: 'WebhookDeleted'; webhookId: string };

export type Webhook = {
  url: string;
  eventTypes: readonly string[];
  /** Why it was disabled; undefined while it is enabled. */
  disabledReason: string | undefined;
  /** The requests that gave it a new secret. */
  rotations: readonly string[];
};

/** Deleted ones stay as undefined, so that an id is never used twice. */
export type WebhooksState = Readonly<Record<string, Webhook | undefined>>;

export type WebhookCommand =
  | { type: 'CreateWebhook'; webhookId: string; url: string; eventTypes: string[] }
  | { type: 'RotateSecret'; webhookId: string; requestId: string }
  | { type: 'DisableWebhook'; webhookId: string; reason: string }
  | { type: 'EnableWebhook'; webhookId: string }
  | { type: 'DeleteWebhook'; webhookId: string };

export const webhooks = { initial: {} satisfies WebhooksState as WebhooksState, evolve, decide };

const mostWebhooks = 10;
const subjectPrefix = 'notify.webhooks.';

/** The subject of an account's webhooks in the stream NOTIFY. */
export const webhooksSubjectOf = (accountId: string): string => `${subjectPrefix}${accountId}`;

/** The account in a subject; undefined when the subject is not one of webhooks. */
export const accountOf = (subject: string): string | undefined =>
  subject.startsWith(subjectPrefix) ? subject.slice(subjectPrefix.length) : undefined;

function evolve(state: WebhooksState, event: WebhookEvent): WebhooksState {
  const { webhookId } = event;
  if (event.type === 'WebhookCreated') {
    const { url, eventTypes } = event;
    return { ...state, [webhookId]: { url, eventTypes, disabledReason: undefined, rotations: [] } };
  }
  const webhook = state[webhookId];
  if (!webhook) throw new Error(`${event.type} comes before WebhookCreated`);
  switch (event.type) {
    case 'WebhookSecretRotated':
      return { ...state, [webhookId]: { ...webhook, rotations: [...webhook.rotations, event.requestId] } };
    case 'WebhookDisabled':
      return { ...state, [webhookId]: { ...webhook, disabledReason: event.reason } };
    case 'WebhookEnabled':
      return { ...state, [webhookId]: { ...webhook, disabledReason: undefined } };
    case 'WebhookDeleted':
      return { ...state, [webhookId]: undefined };
    default:
      return event satisfies never;
  }
}

function decide(command: WebhookCommand, state: WebhooksState): WebhookEvent[] {
  const { webhookId } = command;
  const isKnown = Object.hasOwn(state, webhookId);
  if (command.type === 'CreateWebhook') return isKnown ? [] : create(command, state);
  if (!isKnown) throw new DomainError('NOT_FOUND', 'WEBHOOK_NOT_FOUND', 'there is no such webhook');
  const webhook = state[webhookId];
  if (command.type === 'DeleteWebhook') return webhook ? [{ type: 'WebhookDeleted', webhookId }] : [];
  if (!webhook) throw new DomainError('NOT_FOUND', 'WEBHOOK_NOT_FOUND', 'the webhook was deleted');
  switch (command.type) {
    case 'RotateSecret':
      return webhook.rotations.includes(command.requestId)
        ? []
        : [{ type: 'WebhookSecretRotated', webhookId, requestId: command.requestId }];
    case 'DisableWebhook':
      return webhook.disabledReason === undefined
        ? [{ type: 'WebhookDisabled', webhookId, reason: command.reason }]
        : [];
    case 'EnableWebhook':
      return webhook.disabledReason === undefined ? [] : [{ type: 'WebhookEnabled', webhookId }];
    default:
      return command satisfies never;
  }
}

function create(
  { webhookId, url, eventTypes }: Extract<WebhookCommand, { type: 'CreateWebhook' }>,
  state: WebhooksState,
): WebhookEvent[] {
  if (Object.values(state).filter(Boolean).length >= mostWebhooks) {
    const message = `an account has ${mostWebhooks} webhooks at most; delete one first`;
    throw new DomainError('FAILED_PRECONDITION', 'TOO_MANY_WEBHOOKS', message);
  }
  return [{ type: 'WebhookCreated', webhookId, url, eventTypes }];
}
