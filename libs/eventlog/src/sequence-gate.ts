import { DomainError } from '@longwire/contracts';

/** A rising sequence that others can wait for. */
export class SequenceGate {
  #sequence = 0;
  #failure: Error | undefined;
  readonly #waiting = new Set<Waiter>();

  get sequence(): number {
    return this.#sequence;
  }

  /** Moves the sequence up and lets those through who waited for it. */
  advance(sequence: number): void {
    this.#sequence = sequence;
    for (const waiter of this.#waiting) {
      if (waiter.sequence <= sequence) waiter.settle();
    }
  }

  /** Turns away everyone who waits, and who will wait. */
  close(reason: Error): void {
    this.#failure ??= reason;
    for (const waiter of this.#waiting) waiter.settle(reason);
  }

  /** @throws DomainError UNAVAILABLE after `timeoutMs`; the reason of `close`. */
  reached(sequence: number, timeoutMs: number): Promise<void> {
    if (this.#sequence >= sequence) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const settle = (error?: Error) => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        if (error === undefined) resolve();
        else reject(error);
      };
      const waiter: Waiter = { sequence, settle };
      const timer = setTimeout(() => settle(behind(this.#sequence, sequence)), timeoutMs);
      this.#waiting.add(waiter);
    });
  }
}

type Waiter = { sequence: number; settle(error?: Error): void };

function behind(at: number, wanted: number): DomainError {
  return new DomainError('UNAVAILABLE', 'PROJECTION_BEHIND', 'What was written is not readable yet. Try again.', {
    metadata: { sequence: String(at), wanted: String(wanted) },
  });
}
