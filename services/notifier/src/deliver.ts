import { randomUUID } from 'node:crypto';
import { consume, decodeRecorded, handle, load } from '@longwire/eventlog';
import type { EventLog, Recorded, Running } from '@longwire/eventlog';
import type { Logger } from '@longwire/service';
import { DeliveryFailure } from './failure.ts';
import { Lanes, workers } from './lanes.ts';
import { asksForDelivery, idOf, notification, subjectOf } from './notification.ts';
import type { Notification, NotificationCommand, NotificationEvent } from './notification.ts';
import { send } from './send.ts';
import type { Attempt, SendOptions } from './send.ts';
import type { DisableBroken } from './webhook-disabling.ts';

const longestDelayMs = 3_600_000;
/** Whether it is the time by now is looked at again after this: rules and limits may have been changed. */
const longestWaitMs = 600_000;
const longestCrowdedMs = 60_000;

export type DeliverOptions = SendOptions & {
  /** The stream NOTIFY. */
  log: EventLog;
  /** Milliseconds until an attempt may begin (quiet hours, limits); 0 begins it at this time. */
  waitMs: (id: string, queued: Notification, now: Date) => number;
  /** Milliseconds before the second attempt. */
  retryBaseMs: number;
  maxAttempts: number;
  /** Told what came of each attempt. */
  onAttempt: (recorded: Notification, outcome: 'sent' | 'retried' | 'failed') => void;
  disableBroken: DisableBroken;
  logger: Logger;
};

/**
 * Sends what is queued and records each attempt, its beginning and its end. A crash between the acceptance of a message
 * and its record means a second sending under the same id: an SMS provider takes that once, or is asked first; a mail
 * keeps its Message-ID.
 */
export function deliverNotifications(options: DeliverOptions): Running {
  const { log, logger, retryBaseMs } = options;
  const lanes = new Lanes();
  return consume<Recorded<NotificationEvent>>({
    nc: log.nc,
    stream: log.stream,
    durable: 'notifier-delivery',
    subjects: [subjectOf('>')],
    decode: decodeRecorded,
    handle: (recorded) => deliver(options, lanes, recorded),
    concurrency: workers,
    backoff: (deliveries, error) => delayMs(error, deliveries, retryBaseMs),
    // The aggregate decides when it is enough; a trouble of our own (NATS, the bucket) is no reason to give up.
    maxAttempts: Infinity,
    onRetry: (error) => {
      if (!(error instanceof Later || error instanceof Crowded)) logger.warn({ err: error }, 'delivery interrupted');
    },
  });
}

/** Four times as long each time, an hour at most; between half and the whole, so that what failed together parts. */
export function retryDelayMs(attempt: number, baseMs: number, random: number = Math.random()): number {
  return Math.min(longestDelayMs, baseMs * 4 ** (attempt - 1)) * (0.5 + random / 2);
}

/** It is not the time for an attempt, or one has failed and is recorded; another one follows. */
class Later extends Error {
  readonly delayMs: number;

  constructor(delayMs: number) {
    super(`again in ${delayMs} ms`);
    this.delayMs = delayMs;
  }
}

/** Too many attempts of its kind are under way. */
class Crowded extends Error {}

function delayMs(error: unknown, deliveries: number, retryBaseMs: number): number {
  if (error instanceof Later) return error.delayMs;
  if (error instanceof Crowded) return Math.min(longestCrowdedMs, 1_000 * deliveries) * (0.5 + Math.random() / 2);
  return retryDelayMs(deliveries, retryBaseMs);
}

async function deliver(
  options: DeliverOptions,
  lanes: Lanes,
  { subject, events }: Recorded<NotificationEvent>,
): Promise<void> {
  const { log } = options;
  const id = idOf(subject);
  if (id === undefined) return;
  const { state: queued } = await load(log, subject, notification);
  if (!queued || !events.some((event) => asksForDelivery(event, queued))) return;
  using place = lanes.enter(queued);
  if (!place) throw new Crowded();
  const outcome = await trySending(options, id, queued, await begin(options, id, queued));
  const { state: recorded } = await handle(log, subject, notification, outcome, { meta: ownMeta(new Date()) });
  if (!recorded) return;
  if (recorded.channel === 'webhook' && recorded.state === 'failed') await options.disableBroken(recorded);
  conclude(options, id, recorded);
}

/** Records that an attempt begins; one that was interrupted goes on. */
async function begin({ log, waitMs }: DeliverOptions, id: string, queued: Notification): Promise<Attempt> {
  const { state, attemptTime } = queued;
  if (state === 'sending' && attemptTime !== undefined)
    return { startTime: new Date(attemptTime), isInterrupted: true };
  const now = new Date();
  const delayMs = waitMs(id, queued, now);
  if (delayMs > 0) throw new Later(Math.min(delayMs, longestWaitMs));
  const start: NotificationCommand = { type: 'StartAttempt', time: now.toISOString() };
  await handle(log, subjectOf(id), notification, start, { meta: ownMeta(now) });
  return { startTime: now, isInterrupted: false };
}

async function trySending(
  options: DeliverOptions,
  id: string,
  queued: Notification,
  attempt: Attempt,
): Promise<NotificationCommand> {
  try {
    return { type: 'RecordSent', providerMessageId: await send(options, id, queued, attempt) };
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error;
    const { message, permanent } = error;
    return { type: 'RecordFailure', error: message, permanent, maxAttempts: options.maxAttempts };
  }
}

function conclude({ onAttempt, logger, retryBaseMs }: DeliverOptions, id: string, recorded: Notification): void {
  const { channel, state, attemptCount, lastError } = recorded;
  const facts = { notificationId: id, channel, attemptCount };
  if (state === 'queued') {
    onAttempt(recorded, 'retried');
    logger.warn({ ...facts, error: lastError }, 'attempt failed');
    throw new Later(retryDelayMs(attemptCount, retryBaseMs));
  }
  onAttempt(recorded, state === 'failed' ? 'failed' : 'sent');
  if (state === 'failed') logger.error({ ...facts, error: lastError }, 'given up');
  else logger.info(facts, 'sent');
}

function ownMeta(time: Date) {
  return { commandId: randomUUID(), actor: 'notifier', time };
}
