import { TokenBucket } from './token-bucket.ts';

/** A sender that is not read until its turn. */
export interface Held {
  /** How much it will send by its next turn, as far as one knows. */
  readonly bytes: number;
  /** Its turn: reads it again. */
  release(): void;
}

/** Turns are given in bundles: a timer for each would be late by more than it waits. */
const LEAST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 1_000;

/**
 * Keeps a domain at its bytes per second. Whoever sends while there is nothing left waits at the end of a queue, and is
 * read once for each turn: all senders get as many turns, nothing is dropped, and nothing is held but what was read already.
 */
export class Pace {
  readonly #bucket: TokenBucket;
  #queue: Held[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param rate bytes per second */
  constructor(rate: number) {
    this.#bucket = new TokenBucket(rate, performance.now());
  }

  /** Whether more has passed than may. */
  get isOver(): boolean {
    return this.#bucket.level(performance.now()) <= 0;
  }

  /** Counts bytes that pass; false when their sender must wait, and then `hold` it. */
  passed(bytes: number): boolean {
    this.#bucket.take(bytes, performance.now());
    return !this.isOver;
  }

  hold(held: Held): void {
    this.#queue.push(held);
    this.#timer ??= this.#next();
  }

  /** Another rate holds from now on. */
  change(rate: number): void {
    this.#bucket.change(rate, performance.now());
    clearTimeout(this.#timer);
    this.#timer = this.#queue.length > 0 ? this.#next() : undefined;
  }

  /** There is no limit any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const held of this.#queue.splice(0)) held.release();
  }

  #next(): NodeJS.Timeout {
    const wait = Math.ceil(this.#bucket.wait(performance.now()));
    return setTimeout(() => this.#giveTurns(), Math.min(Math.max(wait, LEAST_WAIT_MS), LONGEST_WAIT_MS)).unref();
  }

  /** As many as there is something left for; those that send more than was thought are a debt. */
  #giveTurns(): void {
    let left = this.#bucket.level(performance.now());
    let turns = 0;
    for (const { bytes } of this.#queue) {
      if (left <= 0) break;
      left -= bytes;
      turns++;
    }
    for (const held of this.#queue.splice(0, turns)) held.release();
    this.#timer = this.#queue.length > 0 ? this.#next() : undefined;
  }
}
