import type { Recorded } from '@longwire/eventlog';
import { idOf, notification } from './notification.ts';
import type { Notification, NotificationEvent } from './notification.ts';

export type Entry = {
  id: string;
  notification: Notification;
  createTime: Date;
  /** When it was first known to be accepted by the relay or the provider. */
  sentTime: Date | undefined;
  /** When its provider said that it has arrived. */
  deliveredTime: Date | undefined;
};

/** Every notification, folded from NOTIFY; in the order of their queueing. */
export class NotificationList {
  readonly #byId = new Map<string, Entry>();

  /** Gives the entry as it is now; undefined for a decision about something else. */
  fold({ subject, meta, events }: Recorded<NotificationEvent>): Entry | undefined {
    const id = idOf(subject);
    if (id === undefined) return undefined;
    const entry = this.#byId.get(id);
    const folded = events.reduce(notification.evolve, entry?.notification);
    if (!folded) return undefined;
    const timeOf = (...types: NotificationEvent['type'][]) =>
      events.some(({ type }) => types.includes(type)) ? meta.time : undefined;
    const now: Entry = {
      id,
      notification: folded,
      createTime: entry?.createTime ?? meta.time,
      // A receipt may come first: what has arrived, or got lost on its way, was accepted.
      sentTime: entry?.sentTime ?? timeOf('NotificationSent', 'NotificationDelivered', 'NotificationUndelivered'),
      deliveredTime: entry?.deliveredTime ?? timeOf('NotificationDelivered'),
    };
    this.#byId.set(id, now);
    return now;
  }

  get(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Entry> {
    return this.#byId.values();
  }

  /** @param accountId undefined means every account */
  newestFirst(accountId: string | undefined): Entry[] {
    const entries = [...this.#byId.values()];
    return entries
      .filter((entry) => accountId === undefined || entry.notification.accountId === accountId)
      .toReversed();
  }
}
