import { setTimeout as sleep } from 'node:timers/promises';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { ensureBucket } from '@longwire/eventlog';
import type { Logger } from '@longwire/service';
import type { NatsConnection } from '@nats-io/transport-node';
import { Trouble } from './trouble.ts';

const REPORT_MS = 10_000;
/** Changes within this time make one report. */
const GATHER_MS = 50;

/** Writes this edge's status into the bucket edge-status: every 10 s, and soon after each `changed`. */
export class StatusReport {
  readonly #status: () => EdgeStatus;
  #change = Promise.withResolvers<void>();

  constructor(status: () => EdgeStatus) {
    this.#status = status;
  }

  changed(): void {
    this.#change.resolve();
  }

  /** Reports until the signal aborts; what fails is tried again with the next report. */
  async run(nats: NatsConnection, log: Logger, signal: AbortSignal): Promise<void> {
    const trouble = new Trouble(log, 'status not reported');
    while (!signal.aborted) {
      try {
        await this.#report(nats, trouble, signal);
      } catch (error) {
        if (signal.aborted) return;
        trouble.met(error);
        await sleep(1_000, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #report(nats: NatsConnection, trouble: Trouble, signal: AbortSignal): Promise<void> {
    const bucket = await ensureBucket(nats, 'edge-status');
    while (!signal.aborted) {
      this.#change = Promise.withResolvers();
      const status = this.#status();
      await bucket.put(status.edgeId, JSON.stringify(EdgeStatus.toJSON(status)));
      trouble.over();
      await Promise.race([this.#change.promise, sleep(REPORT_MS, undefined, { signal })]);
      await sleep(GATHER_MS, undefined, { signal });
    }
  }
}
