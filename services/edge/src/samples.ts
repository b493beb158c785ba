import { SampleBatch, type DomainSecond } from '@longwire/contracts/edge/v1/samples';
import type { Domain } from './routes.ts';

/** An encoded SampleBatch with the id under which the stream recognises it again. */
export interface Batch {
  readonly id: string;
  readonly data: Uint8Array;
}

/** A batch stays well below the largest message that nats-server takes (1 MiB): a row is a kilobyte at most. */
const ROWS_PER_BATCH = 500;

/**
 * Cuts the figures of the domains into seconds. A second is given out once, when it is over, with absolute values, so
 * that storing it twice changes nothing. When the clock steps back, the seconds that are lived through again are those of
 * another boot: they stand beside the first ones and are added to them, and none overwrites another.
 */
export class Sampler {
  /** All bytes of the seconds that were closed. */
  readonly traffic = { bytesFromClient: 0, bytesToClient: 0 };
  readonly #edgeId: string;
  readonly #processId: string;
  #bootId: string;
  #steps = 0;
  #open: number;
  #sequence = 0n;

  /** @param now seconds since 1970 */
  constructor(edgeId: string, bootId: string, now: number) {
    this.#edgeId = edgeId;
    this.#processId = this.#bootId = bootId;
    this.#open = now;
  }

  /** Closes the open second; `now` is the one that begins. */
  endSecond(domains: Iterable<Domain>, now: number): Batch[] {
    const rows: DomainSecond[] = [];
    for (const domain of domains) {
      for (const tunnel of domain.tunnels) tunnel.count();
      this.traffic.bytesFromClient += domain.figures.bytesFromClient;
      this.traffic.bytesToClient += domain.figures.bytesToClient;
      if (domain.tunnels.size > 0 || !domain.figures.isEmpty) rows.push(rowOf(domain, this.#open));
    }
    const batches: Batch[] = [];
    for (let from = 0; from < rows.length; from += ROWS_PER_BATCH) {
      batches.push(this.#encode(rows.slice(from, from + ROWS_PER_BATCH)));
    }
    this.#begin(now);
    return batches;
  }

  #begin(now: number): void {
    const next = this.#open + 1;
    const isEarlyTimer = now === this.#open;
    if (now >= next || isEarlyTimer) this.#open = Math.max(now, next);
    else {
      this.#bootId = `${this.#processId}.${++this.#steps}`;
      this.#sequence = 0n;
      this.#open = now;
    }
  }

  #encode(seconds: DomainSecond[]): Batch {
    const batch = { edgeId: this.#edgeId, bootId: this.#bootId, sequence: ++this.#sequence, seconds };
    return { id: `${this.#bootId}-${this.#sequence}`, data: SampleBatch.encode(batch).finish() };
  }
}

function rowOf({ name, config, tunnels, figures }: Domain, second: number): DomainSecond {
  return {
    domainName: name,
    accountId: config.accountId,
    second: BigInt(second),
    activeConnections: BigInt(tunnels.size),
    ...figures.take(),
  };
}
