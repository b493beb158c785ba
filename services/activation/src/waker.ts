/** Lets a part sleep until there is something to do, a time has passed, or it must stop. */
export class Waker {
  #wake = Promise.withResolvers<void>();

  wake(): void {
    this.#wake.resolve();
  }

  /** Resolves at the next `wake` since the last sleep began, after so many milliseconds, or when the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const timer = setTimeout(() => this.wake(), ms);
    const stop = () => this.wake();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    await this.#wake.promise;
    this.#wake = Promise.withResolvers();
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
