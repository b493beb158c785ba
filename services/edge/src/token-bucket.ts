/**
 * So many bytes a second, up to a second's worth at once after a pause. What was passed can be more than there was: the debt
 * is paid before anything else passes, so that over time it is the rate, to the byte.
 */
export class TokenBucket {
  #rate: number;
  #level: number;
  #at: number;

  /** @param rate bytes per second; @param now in milliseconds, as everywhere here */
  constructor(rate: number, now: number) {
    this.#rate = this.#level = rate;
    this.#at = now;
  }

  /** Another rate holds from now on; a debt stays. */
  change(rate: number, now: number): void {
    this.#fill(now);
    this.#rate = rate;
    this.#level = Math.min(this.#level, rate);
  }

  take(bytes: number, now: number): void {
    this.#fill(now);
    this.#level -= bytes;
  }

  /** How many bytes may pass now; 0 and less when none may. */
  level(now: number): number {
    this.#fill(now);
    return this.#level;
  }

  /** After how many milliseconds some may pass again. */
  wait(now: number): number {
    return Math.max(0, (-this.level(now) / this.#rate) * 1_000);
  }

  #fill(now: number): void {
    this.#level = Math.min(this.#rate, this.#level + ((now - this.#at) / 1_000) * this.#rate);
    this.#at = now;
  }
}
