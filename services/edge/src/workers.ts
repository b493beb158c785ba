import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@longwire/service';
import type { Answer, Carriers, Metrics, Report, Request, StartRequest } from './carrier.ts';
import { CountersOfTheDead } from './counters-of-the-dead.ts';
import { WorkerGone, WorkerProcess } from './worker-process.ts';

export interface WorkersOptions {
  readonly count: number;
  readonly log: Logger;
  readonly onReport: (report: Report) => void;
  /** What a worker that is started again serves with from its first client on. */
  readonly known: () => Pick<StartRequest, 'configs' | 'ticketKeys'>;
}

/** A worker that lived for longer is started again at once; others after this time, doubled with each death in a row. */
const STEADY_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Workers that listen on one port; one that dies is replaced, and the others do not notice. */
export class Workers implements Carriers {
  readonly #options: WorkersOptions;
  /** By slot: those that listen. */
  readonly #serving = new Map<number, WorkerProcess>();
  readonly #starting = new Set<WorkerProcess>();
  readonly #dead = new CountersOfTheDead<WorkerProcess>();
  readonly #stopping = new AbortController();

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  get tunnels(): number {
    return this.#serving.values().reduce((sum, worker) => sum + worker.tunnels, 0);
  }

  get ready(): number {
    return this.#serving.size;
  }

  missing(): string[] {
    const { count } = this.#options;
    return this.#serving.size < count ? [`${this.#serving.size} of ${count} workers listen`] : [];
  }

  /** Rejects when a worker cannot listen at the start; later on they are tried on and on. */
  async start(request: StartRequest): Promise<number> {
    const ports = Array.from({ length: this.#options.count }, (_, slot) => {
      const port = Promise.withResolvers<number>();
      void this.#keepFilled(slot, request, port);
      return port.promise;
    });
    return Math.max(...(await Promise.all(ports)));
  }

  async ask(request: Exclude<Request, StartRequest>): Promise<Answer[]> {
    const answers = await Promise.all([...this.#all()].map((worker) => this.#answerOf(worker, request)));
    return answers.flatMap((answer) => answer ?? []);
  }

  async metrics(): Promise<Metrics[]> {
    const workers = [...this.#serving.values()];
    const answers = await Promise.all(workers.map((worker) => this.#answerOf(worker, { name: 'metrics' })));
    const living = answers.flatMap((answer, index) => {
      const worker = workers[index];
      if (!answer?.metrics || !worker) return [];
      this.#dead.seen(worker, answer.metrics);
      return [answer.metrics];
    });
    return [...living, this.#dead.counters];
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const all = [...this.#all()];
    for (const worker of all) worker.kill();
    await Promise.all(all.map(({ ended }) => ended));
  }

  *#all(): Generator<WorkerProcess> {
    yield* this.#starting;
    yield* this.#serving.values();
  }

  async #answerOf(worker: WorkerProcess, request: Request): Promise<Answer | undefined> {
    try {
      return await worker.ask(request);
    } catch (error) {
      if (error instanceof WorkerGone) return undefined;
      throw error;
    }
  }

  async #keepFilled(slot: number, request: StartRequest, first: PromiseWithResolvers<number>): Promise<void> {
    const { log, onReport, known } = this.#options;
    for (let pauseMs = 0; !this.#stopping.signal.aborted;) {
      const startedAt = performance.now();
      const worker = new WorkerProcess(onReport);
      this.#starting.add(worker);
      try {
        const { port = 0 } = await worker.ask({ ...request, ...known() });
        this.#serving.set(slot, worker);
        first.resolve(port);
        log.info({ pid: worker.pid }, 'worker serves');
      } catch (error) {
        log.error({ err: error, pid: worker.pid }, 'worker cannot start');
        first.reject(error);
        worker.kill();
      }
      this.#starting.delete(worker);
      const how = await worker.ended;
      this.#serving.delete(slot);
      if (this.#stopping.signal.aborted) return;
      log.error({ pid: worker.pid, how }, 'worker ended, starting another');
      await this.#dead.died(worker);
      const wasSteady = performance.now() - startedAt > STEADY_MS;
      pauseMs = wasSteady ? 0 : Math.min(Math.max(2 * pauseMs, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
      await sleep(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }
}
