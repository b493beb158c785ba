import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch } from './samples.ts';
import type { SpoolFiles } from './spool-files.ts';

/** Stores one batch for good; rejects when it is not certain that it is stored. */
export type Publish = (batch: Batch) => Promise<void>;

const RETRY_MS = 1_000;

/**
 * The batches that are not stored yet, in their order, in memory and in files. It is bounded: when the stream is away for
 * too long the oldest ones go, and are counted.
 */
export class Spool {
  /** Batches that were given up. */
  dropped = 0;
  readonly #maxBytes: number;
  readonly #files: SpoolFiles | undefined;
  readonly #batches: Batch[] = [];
  readonly #added = new EventTarget();
  #bytes = 0;

  /** @param left what an earlier process left in these files, to be sent first */
  constructor(maxBytes: number, files?: SpoolFiles, left: Batch[] = []) {
    this.#maxBytes = maxBytes;
    this.#files = files;
    this.#take(left);
  }

  /** Batches that wait. */
  get size(): number {
    return this.#batches.length;
  }

  add(batches: Batch[]): void {
    this.#files?.keep(batches);
    this.#take(batches);
    this.#added.dispatchEvent(new Event('added'));
  }

  #take(batches: Batch[]): void {
    for (const batch of batches) {
      this.#batches.push(batch);
      this.#bytes += batch.data.length;
    }
    while (this.#bytes > this.#maxBytes) {
      this.#removeOldest();
      this.dropped++;
    }
  }

  /** Publishes the batches one by one, each until it is stored, until the signal aborts. */
  async run(publish: Publish, onRetry: (error: unknown) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.flush(publish);
        await once(this.#added, 'added', { signal });
      } catch (error) {
        if (signal.aborted) return;
        onRetry(error);
        await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** Publishes what waits now. Rejects at the first batch that is not stored; it stays. */
  async flush(publish: Publish): Promise<void> {
    for (let batch = this.#batches[0]; batch; batch = this.#batches[0]) {
      await publish(batch);
      if (this.#batches[0] === batch) this.#removeOldest(); // else it was given up meanwhile
    }
  }

  #removeOldest(): void {
    const oldest = this.#batches.shift();
    if (!oldest) return;
    this.#bytes -= oldest.data.length;
    this.#files?.forget(oldest);
  }
}
