/** Said to something under way that its outcome is not wanted any more. One thing is under way at a time, which makes it cheaper than an AbortSignal. */
export class Cancellation {
  isCancelled = false;
  #underWay: (() => void) | undefined;

  /** What cancelling is to end from now on, in place of what it would have ended before. */
  ends(underWay: (() => void) | undefined): void {
    this.#underWay = underWay;
  }

  cancel(): void {
    this.isCancelled = true;
    this.#underWay?.();
  }
}

/** Where somebody waited for what was cancelled. */
export class Cancelled extends Error {}
