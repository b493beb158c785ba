import type { Recorded } from '@longwire/eventlog';
import { idOf, notification } from './notification.ts';
import type { Notification, NotificationEvent } from './notification.ts';

export type Entry = {
  id: string;
  notification: Notification;
  createTime: Date;
  /** When it was accepted by the relay or the provider. */
  sentTime: Date | undefined;
};

/** Every notification, folded from NOTIFY; in the order of their queueing. */
export class NotificationList {
  readonly #byId = new Map<string, Entry>();

  fold({ subject, meta, events }: Recorded<NotificationEvent>): void {
    const id = idOf(subject);
    const entry = this.#byId.get(id);
    const folded = events.reduce(notification.evolve, entry?.notification);
    if (!folded) return;
    const sentTime = events.some(({ type }) => type === 'NotificationSent') ? meta.time : entry?.sentTime;
    this.#byId.set(id, { id, notification: folded, createTime: entry?.createTime ?? meta.time, sentTime });
  }

  get(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  /** @param accountId undefined means every account */
  newestFirst(accountId: string | undefined): Entry[] {
    const entries = [...this.#byId.values()];
    return entries
      .filter((entry) => accountId === undefined || entry.notification.accountId === accountId)
      .toReversed();
  }
}
