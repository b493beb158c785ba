import { randomBytes } from 'node:crypto';

/** As `ticketKeys` of node:tls wants them. */
export const TICKET_KEYS_BYTES = 48;
const PERIOD_MS = 3_600_000;

/**
 * What TLS session tickets are sealed with: the same keys in all processes of an edge, new ones each hour. Nobody who gets hold of
 * the edge's memory can open the sessions of TLS 1.2 that were recorded before.
 */
export class TicketKeys implements Disposable {
  #keys = randomBytes(TICKET_KEYS_BYTES);
  readonly #timer: NodeJS.Timeout;

  constructor(onChanged: (keys: Uint8Array) => void) {
    this.#timer = setInterval(() => {
      this.#keys = randomBytes(TICKET_KEYS_BYTES);
      onChanged(this.#keys);
    }, PERIOD_MS);
  }

  get current(): Uint8Array {
    return this.#keys;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
