import type { Channel } from './content.ts';
import type { Notification } from './notification.ts';

/** How many attempts may begin: on a channel within a minute, to one recipient on it within an hour. */
export type Limits = Record<Channel, { perMinute: number; perRecipientHour: number }>;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type Attempt = { channel: Channel; recipient: string; time: number };

/**
 * Counts attempts over sliding windows. It is fed by the log, so the attempts of other processes and of the life before
 * a restart count as well; an attempt of our own counts from the moment that it is admitted.
 */
export class SendLimits {
  readonly #limits: Limits;
  /** Those of the last hour, in the order of their coming. */
  readonly #attempts = new Map<string, Attempt>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** An attempt began at this time; telling it twice counts it once. */
  began(id: string, notification: Notification, time: Date, now = Date.now()): void {
    if (time.getTime() <= now - hourMs) return;
    const { channel } = notification;
    const attempt = { channel, recipient: recipientOf(notification), time: time.getTime() };
    this.#attempts.set(`${id} ${time.toISOString()}`, attempt);
  }

  /** Milliseconds until an attempt may begin; 0 begins it now. */
  admit(id: string, notification: Notification, now: Date): number {
    this.#forgetBefore(now.getTime() - hourMs);
    const { channel } = notification;
    const recipient = recipientOf(notification);
    const onChannel = [...this.#attempts.values()].filter((attempt) => attempt.channel === channel);
    const toRecipient = onChannel.filter((attempt) => attempt.recipient === recipient);
    const { perMinute, perRecipientHour } = this.#limits[channel];
    const waitMs = Math.max(
      waitFor(onChannel, perMinute, minuteMs, now.getTime()),
      waitFor(toRecipient, perRecipientHour, hourMs, now.getTime()),
    );
    if (waitMs === 0) this.began(id, notification, now, now.getTime());
    return waitMs;
  }

  #forgetBefore(time: number): void {
    for (const [key, attempt] of this.#attempts) {
      if (attempt.time > time) return;
      this.#attempts.delete(key);
    }
  }
}

function recipientOf({ accountId, recipient = '' }: Notification): string {
  return `${accountId} ${recipient}`;
}

/** Until the attempt that stands in the way has left the window. */
function waitFor(attempts: Attempt[], most: number, windowMs: number, now: number): number {
  const times = attempts.map(({ time }) => time).toSorted((a, b) => a - b);
  return Math.max(0, (times.at(-most) ?? -Infinity) + windowMs - now);
}
