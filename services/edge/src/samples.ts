import { SampleBatch, type DomainSecond } from '@longwire/contracts/edge/v1/samples';
import type { Domain } from './routes.ts';

/** An encoded SampleBatch with the id under which the stream recognises it again. */
export interface Batch {
  readonly id: string;
  readonly data: Uint8Array;
}

/** A batch stays well below the largest message that nats-server takes (1 MiB). */
const ROWS_PER_BATCH = 1_000;

/**
 * Cuts the figures of the domains into seconds. A second is given out once, when it is over, with absolute values, so
 * that storing it twice changes nothing; and seconds only rise, whatever the clock does, so that none overwrites another.
 */
export class Sampler {
  readonly #edgeId: string;
  readonly #bootId: string;
  #open: number;
  #sequence = 0n;

  /** @param now seconds since 1970 */
  constructor(edgeId: string, bootId: string, now: number) {
    this.#edgeId = edgeId;
    this.#bootId = bootId;
    this.#open = now;
  }

  /** Closes the open second; `now` is the one that begins. */
  endSecond(domains: Iterable<Domain>, now: number): Batch[] {
    const rows: DomainSecond[] = [];
    for (const domain of domains) {
      for (const tunnel of domain.tunnels) tunnel.count();
      if (domain.tunnels.size > 0 || !domain.figures.isEmpty) rows.push(rowOf(domain, this.#open));
    }
    this.#open = Math.max(now, this.#open + 1);
    const batches: Batch[] = [];
    for (let from = 0; from < rows.length; from += ROWS_PER_BATCH) {
      batches.push(this.#encode(rows.slice(from, from + ROWS_PER_BATCH)));
    }
    return batches;
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
