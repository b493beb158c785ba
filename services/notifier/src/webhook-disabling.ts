import { randomUUID } from 'node:crypto';
import { consume, decodeRecorded, handle, load } from '@longwire/eventlog';
import type { EventLog, Projection, Recorded, Running } from '@longwire/eventlog';
import { findCompanyName } from './company-name.ts';
import { notification, subjectOf } from './notification.ts';
import type { Notification, QueueNotification } from './notification.ts';
import type { WebhookBook } from './webhook-book.ts';
import { accountOf, webhooks, webhooksSubjectOf } from './webhooks.ts';
import type { WebhookEvent } from './webhooks.ts';

/** Switches a webhook off whose deliveries keep failing, or which says that it is gone. */
export type DisableBroken = (failed: Notification) => Promise<void>;

/** @param mostFailures deliveries given up in a row after which a webhook is switched off */
export function disableBroken(
  log: EventLog,
  book: WebhookBook,
  projection: Projection,
  mostFailures: number,
): DisableBroken {
  return async ({ accountId, recipient = '', lastError }) => {
    await projection.catchUp();
    const { failuresInARow = 0 } = book.get(accountId, recipient) ?? {};
    const isGone = lastError === 'webhook answered 410';
    if (!isGone && failuresInARow < mostFailures) return;
    const reason = isGone ? lastError : `${failuresInARow} deliveries in a row have failed`;
    const meta = { commandId: randomUUID(), actor: 'notifier', time: new Date() };
    const command = { type: 'DisableWebhook' as const, webhookId: recipient, reason };
    await handle(log, webhooksSubjectOf(accountId), webhooks, command, { meta });
  };
}

/** Tells an account by email that a webhook of its own is switched off: this never happens in silence. */
export function tellDisabled(log: EventLog, onRetry: (error: unknown) => void): Running {
  return consume<Recorded<WebhookEvent>>({
    nc: log.nc,
    stream: log.stream,
    durable: 'notifier-webhooks',
    subjects: [webhooksSubjectOf('>')],
    decode: decodeRecorded,
    handle: (recorded) => tell(log, recorded),
    onRetry,
  });
}

async function tell(log: EventLog, { subject, sequence, events, meta: cause }: Recorded<WebhookEvent>): Promise<void> {
  for (const event of events)
    if (event.type === 'WebhookDisabled') await tellOne(log, subject, sequence, event, cause.time);
}

async function tellOne(
  log: EventLog,
  subject: string,
  sequence: number,
  { webhookId, reason }: Extract<WebhookEvent, { type: 'WebhookDisabled' }>,
  time: Date,
): Promise<void> {
  const accountId = accountOf(subject) ?? '';
  const { state } = await load(log, subject, webhooks);
  const url = state[webhookId]?.url;
  if (url === undefined) return; // deleted meanwhile
  const companyName = await findCompanyName(log, accountId);
  const command: QueueNotification = {
    type: 'Queue',
    accountId,
    channel: 'email',
    causeTime: time.toISOString(),
    template: 'webhook-disabled',
    parameters: { companyName, host: new URL(url).host, reason },
  };
  const id = `${accountId}-${webhookId}-disabled-${sequence}-email`;
  const meta = { commandId: 'queue', actor: 'notifier', time: new Date() };
  await handle(log, subjectOf(id), notification, command, { meta });
}
