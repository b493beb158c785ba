import type { Notification } from './notification.ts';

/** Attempts under way at once on a channel, and to one webhook: what hangs holds up nothing else. */
const mostOnChannel = 8;
const mostToWebhook = 2;

/** So many workers that every channel may be full and none waits for another. */
export const workers = 3 * mostOnChannel;

/** Counts the attempts that are under way in this process. */
export class Lanes {
  readonly #underWay = new Map<string, number>();

  /**
   * Takes a place until it is disposed; undefined when there is none. A notification has one: while NATS is away its message
   * cannot be kept, and is handed out again beside the attempt that is under way.
   */
  enter(id: string, { channel, recipient = '' }: Notification): Disposable | undefined {
    const places = [
      { key: channel as string, most: mostOnChannel },
      { key: `id ${id}`, most: 1 },
    ];
    if (channel === 'webhook') places.push({ key: recipient, most: mostToWebhook });
    if (places.some(({ key, most }) => (this.#underWay.get(key) ?? 0) >= most)) return undefined;
    for (const { key } of places) this.#add(key, 1);
    return { [Symbol.dispose]: () => places.forEach(({ key }) => this.#add(key, -1)) };
  }

  #add(key: string, by: number): void {
    const count = (this.#underWay.get(key) ?? 0) + by;
    if (count === 0) this.#underWay.delete(key);
    else this.#underWay.set(key, count);
  }
}
