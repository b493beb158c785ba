import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { consume, decodeRecorded, handle, load } from '@longwire/eventlog';
import type { EventLog, Recorded, Running } from '@longwire/eventlog';
import type { Logger } from '@longwire/service';
import { DeliveryFailure } from './failure.ts';
import { Lanes, workers } from './lanes.ts';
import { asksForDelivery, idOf, notification, subjectOf } from './notification.ts';
import type { Notification, NotificationCommand, NotificationEvent, NotificationState } from './notification.ts';
import { send } from './send.ts';
import type { Attempt, SendOptions } from './send.ts';
import type { DisableBroken } from './webhook-disabling.ts';

const longestDelayMs = 3_600_000;
/** Whether it is the time by now is looked at again after this: rules and limits may have been changed. */
const longestWaitMs = 600_000;
const longestCrowdedMs = 60_000;
const recordAgainMs = 1_000;

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
 * Sends what is queued and records each attempt, its beginning and its end. A message whose acceptance was not heard of, or
 * not recorded before the process ended, is sent again under the same id: an SMS provider takes that once, or is asked
 * first; a mail keeps its Message-ID.
 */
export function deliverNotifications(options: DeliverOptions): Running {
  const { log, logger, retryBaseMs } = options;
  const lanes = new Lanes();
  return {
    run: (signal) =>
      consume<Recorded<NotificationEvent>>({
        nc: log.nc,
        stream: log.stream,
        durable: 'notifier-delivery',
        subjects: [subjectOf('>')],
        decode: decodeRecorded,
        handle: (recorded) => deliver(options, lanes, recorded, signal),
        concurrency: workers,
        backoff: (deliveries, error) => delayMs(error, deliveries, retryBaseMs),
        // The aggregate decides when it is enough; a trouble of our own (NATS, the bucket) is no reason to give up.
        maxAttempts: Infinity,
        onRetry: (error) => {
          if (!(error instanceof Later || error instanceof Crowded))
            logger.warn({ err: error }, 'delivery interrupted');
        },
      }).run(signal),
  };
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
  signal: AbortSignal,
): Promise<void> {
  const { log } = options;
  const id = idOf(subject);
  if (id === undefined) return;
  const { state: queued } = await load(log, subject, notification);
  if (!queued || !events.some((event) => asksForDelivery(event, queued))) return;
  using place = lanes.enter(id, queued);
  if (!place) throw new Crowded();
  const { outcome, retryAfterMs } = await trySending(options, id, queued, await begin(options, id, queued));
  const recorded = await record(options, subject, outcome, signal);
  if (!recorded) return;
  if (recorded.channel === 'webhook' && recorded.state === 'failed') await options.disableBroken(recorded);
  conclude(options, id, recorded, retryAfterMs);
}

/** Records that an attempt begins; one that was interrupted goes on. */
async function begin({ log, waitMs }: DeliverOptions, id: string, queued: Notification): Promise<Attempt> {
  const { state, attemptTime, unknownSince } = queued;
  const known = unknownSince === undefined ? undefined : new Date(unknownSince);
  if (state === 'sending' && attemptTime !== undefined) {
    const startTime = new Date(attemptTime);
    return { startTime, unknownSince: known ?? startTime };
  }
  const now = new Date();
  const delayMs = waitMs(id, queued, now);
  if (delayMs > 0) throw new Later(Math.min(delayMs, longestWaitMs));
  const start: NotificationCommand = { type: 'StartAttempt', time: now.toISOString() };
  await handle(log, subjectOf(id), notification, start, { meta: ownMeta(now) });
  return { startTime: now, unknownSince: known };
}

async function trySending(
  options: DeliverOptions,
  id: string,
  queued: Notification,
  attempt: Attempt,
): Promise<{ outcome: NotificationCommand; retryAfterMs: number }> {
  try {
    const providerMessageId = await send(options, id, queued, attempt);
    return { outcome: { type: 'RecordSent', providerMessageId }, retryAfterMs: 0 };
  } catch (error) {
    if (!(error instanceof DeliveryFailure)) throw error;
    const { message, permanent, isUnknown, retryAfterMs } = error;
    const { maxAttempts } = options;
    return { outcome: { type: 'RecordFailure', error: message, permanent, isUnknown, maxAttempts }, retryAfterMs };
  }
}

/** Records what came of an attempt, for as long as it takes: given up, the message would be sent once more. */
async function record(
  { log, logger }: DeliverOptions,
  subject: string,
  outcome: NotificationCommand,
  signal: AbortSignal,
): Promise<NotificationState> {
  const meta = ownMeta(new Date());
  for (;;) {
    try {
      return (await handle(log, subject, notification, outcome, { meta })).state;
    } catch (error) {
      logger.warn({ err: error }, 'an attempt is not recorded yet');
      await sleep(recordAgainMs, undefined, { signal }); // A stop throws: another process takes it for interrupted.
    }
  }
}

function conclude(
  { onAttempt, logger, retryBaseMs }: DeliverOptions,
  id: string,
  recorded: Notification,
  retryAfterMs: number,
): void {
  const { channel, state, attemptCount, lastError } = recorded;
  const facts = { notificationId: id, channel, attemptCount };
  if (state === 'queued') {
    onAttempt(recorded, 'retried');
    logger.warn({ ...facts, error: lastError }, 'attempt failed');
    throw new Later(Math.max(retryAfterMs, retryDelayMs(attemptCount, retryBaseMs)));
  }
  onAttempt(recorded, state === 'failed' ? 'failed' : 'sent');
  if (state === 'failed') logger.error({ ...facts, error: lastError }, 'given up');
  else logger.info(facts, 'sent');
}

function ownMeta(time: Date) {
  return { commandId: randomUUID(), actor: 'notifier', time };
}
