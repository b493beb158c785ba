import type { Logger } from '@longwire/service';

/** A trouble that is waited out: told when it begins and when it is over, not each time it is met again. */
export class Trouble {
  readonly #log: Logger;
  readonly #what: string;
  #isOn = false;

  /** @param what the constant message, such as `samples not stored` */
  constructor(log: Logger, what: string) {
    this.#log = log;
    this.#what = what;
  }

  met(error: unknown): void {
    if (!this.#isOn) this.#log.warn({ err: error }, this.#what);
    this.#isOn = true;
  }

  over(): void {
    if (this.#isOn) this.#log.info({ trouble: this.#what }, 'trouble is over');
    this.#isOn = false;
  }
}
