/** The last bucket; it has no end. */
const LAST = 19;
/** Where the first bucket ends, in milliseconds. */
const FIRST_END = 0.128;

/** Durations in buckets whose ends double from 128 µs on (samples.proto): wide enough for 33 s, narrow enough to see a network. */
export class Histogram {
  #counts: number[] = [];

  get isEmpty(): boolean {
    return this.#counts.length === 0;
  }

  /** Counts a duration in milliseconds. */
  add(duration: number): void {
    const bucket = Math.min(Math.max(Math.ceil(Math.log2(duration / FIRST_END)), 0), LAST);
    while (this.#counts.length <= bucket) this.#counts.push(0);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** Hands over the counts up to the last bucket that counted something, and begins anew. */
  take(): bigint[] {
    const taken = this.#counts.map(BigInt);
    this.#counts = [];
    return taken;
  }
}
