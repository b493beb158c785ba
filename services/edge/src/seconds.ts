/** The edge's clock for limits in whole seconds. */
export interface Seconds {
  /** Seconds that the edge has lived through. A process that stood still for ten notices one: nobody is late for its sake. */
  readonly passed: number;
}

/**
 * Calls back once a second, just after the wall clock's second has changed; the one timer for all tunnels.
 * @param onSecond is given the second of UTC that begins
 */
export class SecondTimer implements Seconds, Disposable {
  passed = 0;
  readonly #onSecond: (second: number) => void;
  #timer: NodeJS.Timeout;

  constructor(onSecond: (second: number) => void) {
    this.#onSecond = onSecond;
    this.#timer = this.#schedule();
  }

  #schedule(): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.passed++;
        this.#onSecond(Math.floor(Date.now() / 1000));
        this.#timer = this.#schedule();
      },
      1000 - (Date.now() % 1000),
    );
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
