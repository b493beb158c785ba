/** The edge's clock for limits in whole seconds. */
export interface Seconds {
  /** Seconds that the edge has lived through. A process that stood still for ten notices one: nobody is late for its sake. */
  readonly passed: number;
}

/** Calls back once a second, just after the second of UTC has changed: the one timer for all tunnels and figures. */
export class SecondTimer implements Seconds, Disposable {
  passed = 0;
  readonly #onSecond: () => void;
  #timer: NodeJS.Timeout;

  constructor(onSecond: () => void) {
    this.#onSecond = onSecond;
    this.#timer = this.#next();
  }

  #next(): NodeJS.Timeout {
    const left = 1000 - (Date.now() % 1000);
    const isThisOne = left < 50; // timers may be early by a moment, and the clock may step
    return setTimeout(() => this.#tick(), isThisOne ? left + 1000 : left);
  }

  #tick(): void {
    this.passed++;
    this.#onSecond();
    this.#timer = this.#next();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
