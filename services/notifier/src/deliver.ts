import { randomUUID } from 'node:crypto';
import { consume, decodeRecorded, handle, load } from '@longwire/eventlog';
import type { EventLog, Recorded, Running } from '@longwire/eventlog';
import type { Logger } from '@longwire/service';
import type { Channel } from './content.ts';
import { DeliveryFailure } from './failure.ts';
import { asksForDelivery, idOf, notification } from './notification.ts';
import type { Notification, NotificationCommand, NotificationEvent } from './notification.ts';
import { send } from './send.ts';
import type { SendOptions } from './send.ts';

/** Messages under way at once: a relay that hangs holds up few of the others. */
const concurrency = 8;
const longestDelayMs = 3_600_000;

export type DeliverOptions = SendOptions & {
  /** The stream NOTIFY. */
  log: EventLog;
  /** Milliseconds before the second attempt. */
  retryBaseMs: number;
  maxAttempts: number;
  /** Told the outcome of each attempt. */
  count: (channel: Channel, outcome: 'sent' | 'retried' | 'failed') => void;
  logger: Logger;
};

/**
 * Sends what is queued and records each attempt. A crash between the acceptance of a message and its record means a
 * second sending under the same id: an SMS provider takes that once, a mail keeps its Message-ID.
 */
export function deliverNotifications(options: DeliverOptions): Running {
  const { log, logger, retryBaseMs } = options;
  return consume<Recorded<NotificationEvent>>({
    nc: log.nc,
    stream: log.stream,
    durable: 'notifier-delivery',
    decode: decodeRecorded,
    handle: (recorded) => deliver(options, recorded),
    concurrency,
    backoff: (deliveries) => retryDelayMs(deliveries, retryBaseMs),
    // The aggregate decides when it is enough; a trouble of our own (NATS, the bucket) is no reason to give up.
    maxAttempts: Infinity,
    onRetry: (error) => {
      if (!(error instanceof AttemptFailed)) logger.warn({ err: error }, 'delivery interrupted');
    },
  });
}

/** Four times as long each time, an hour at most; between half and the whole, so that what failed together parts. */
export function retryDelayMs(attempt: number, baseMs: number, random: number = Math.random()): number {
  return Math.min(longestDelayMs, baseMs * 4 ** (attempt - 1)) * (0.5 + random / 2);
}

/** An attempt failed, is recorded, and another one follows. */
class AttemptFailed extends Error {}

async function deliver(options: DeliverOptions, { subject, events }: Recorded<NotificationEvent>): Promise<void> {
  const { log, count, logger } = options;
  const { state: queued } = await load(log, subject, notification);
  if (!queued || !events.some((event) => asksForDelivery(event, queued))) return;
  const notificationId = idOf(subject);
  const outcome = await attempt(options, notificationId, queued);
  const meta = { commandId: randomUUID(), actor: 'notifier', time: new Date() };
  const { state: recorded } = await handle(log, subject, notification, outcome, { meta });
  if (!recorded) return;

  const { channel, state, attemptCount, lastError } = recorded;
  count(channel, state === 'queued' ? 'retried' : state);
  if (state === 'sent') return logger.info({ notificationId, channel, attemptCount }, 'sent');
  logger.warn({ notificationId, channel, attemptCount, state, error: lastError }, 'attempt failed');
  if (state === 'queued') throw new AttemptFailed(lastError);
}

async function attempt(options: DeliverOptions, id: string, queued: Notification): Promise<NotificationCommand> {
  try {
    return { type: 'RecordSent', providerMessageId: await send(options, id, queued) };
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error;
    const { message, permanent } = error;
    return { type: 'RecordFailure', error: message, permanent, maxAttempts: options.maxAttempts };
  }
}
