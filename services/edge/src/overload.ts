import { readFileSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';

export interface OverloadLimits {
  /** Client connections of this process. */
  readonly connections: number;
  /** Resident memory of this process, in bytes; less than 256 MiB counts as that. */
  readonly memory: number;
  /** How late the event loop may be on average, in milliseconds. */
  readonly lagMs: number;
}

export type OverloadCause = 'connections' | 'memory' | 'lag';

/** Many workers in a small container: a share below what an idle one needs would turn everybody away. */
const LEAST_MEMORY = 256 * 1024 * 1024;
const LOOK_MS = 200;
/** A garbage collection or a process that was stopped is late once; what stays late is overload. */
const SMOOTHING = 0.3;
const LONGEST_LAG_MS = 2_000;
/** Beyond this share of the heap that V8 allows itself it collects most of the time, and then gives up. */
const HEAP_SHARE = 0.9;

/** Whether this process has more to do than it can: new clients are then turned away, for the sake of those it has. */
export class Overload implements Disposable {
  readonly #limits: OverloadLimits;
  readonly #timer: NodeJS.Timeout;
  #expected = performance.now() + LOOK_MS;
  #lagMs = 0;
  #isOutOfMemory = false;

  constructor(limits: OverloadLimits) {
    this.#limits = limits;
    this.#timer = setInterval(() => this.look(performance.now(), process.memoryUsage.rss()), LOOK_MS).unref();
  }

  /** The average lateness of the event loop, in milliseconds. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** Why a process with so many connections takes no more; undefined when it does. */
  cause(connections: number): OverloadCause | undefined {
    if (connections >= this.#limits.connections) return 'connections';
    if (this.#isOutOfMemory) return 'memory';
    return this.#lagMs > this.#limits.lagMs ? 'lag' : undefined;
  }

  /** Takes a look at the clock and the memory; called every 200 ms by itself. */
  look(now: number, resident: number): void {
    const late = Math.min(Math.max(0, now - this.#expected), LONGEST_LAG_MS);
    this.#lagMs += (late - this.#lagMs) * SMOOTHING;
    this.#expected = now + LOOK_MS;
    const { used_heap_size: heap, heap_size_limit: heapLimit } = getHeapStatistics();
    this.#isOutOfMemory = resident > Math.max(this.#limits.memory, LEAST_MEMORY) || heap > heapLimit * HEAP_SHARE;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Kept for files, the control plane, and connections to origins that are being tried. */
const SPARE_DESCRIPTORS = 256;

/** How many clients the file descriptors of this process are enough for: each needs one for itself and one for its origin. */
export function descriptorsFor(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? Number.POSITIVE_INFINITY : Math.max(1, (Number(soft) - SPARE_DESCRIPTORS) / 2);
  } catch {
    return Number.POSITIVE_INFINITY; // a system that does not tell
  }
}
