import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Answer, Report, Request } from './carrier.ts';
import type { Asked, Told } from './worker.ts';

/** Said of a worker that ended before it answered. */
export class WorkerGone extends Error {}

/**
 * V8 would let the space for new objects grow to 16 MiB and twice that in copies. A process that holds tunnels has no use for it: they
 * live long, and what a message needs is dead at once. With 8,000 idle tunnels each costs half as much resident memory, and messages no more time.
 */
export const SMALL_NURSERY = '--max-semi-space-size=4';

/** A worker as the primary sees it: asked over its channel, gone when that breaks. */
export class WorkerProcess {
  tunnels = 0;
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<string>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #asked = 0;

  constructor(onReport: (report: Report) => void) {
    const execArgv = [...process.execArgv, SMALL_NURSERY];
    cluster.setupPrimary({ serialization: 'advanced', execArgv }); // bytes and large integers pass as they are
    this.#worker = cluster.fork({ ...process.env, EDGE_WORKER: 'yes' });
    this.#worker.on('message', (told: Told) => {
      if ('id' in told) return this.#settle(told.id, told.answer);
      this.tunnels = told.report.tunnels;
      onReport(told.report);
    });
    this.#worker.on('error', () => {}); // an ask that meets a closed channel; its end is told by `exit`
    this.ended = once(this.#worker, 'exit').then(([code, signal]) => {
      const how = signal ? `signal ${signal}` : `exit code ${code}`;
      for (const id of this.#waiting.keys()) this.#settle(id, new WorkerGone(`the worker ended with ${how}`));
      return how;
    });
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  /** @throws WorkerGone when it ends before it answers */
  ask(request: Request): Promise<Answer> {
    const waiting = Promise.withResolvers<Answer>();
    const asked: Asked = { id: ++this.#asked, request };
    this.#waiting.set(asked.id, waiting);
    if (this.#worker.isConnected()) this.#worker.send(asked);
    else this.#settle(asked.id, new WorkerGone('the worker has ended'));
    return waiting.promise;
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL');
  }

  #settle(id: number, answer: Answer | Error): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer instanceof Error) waiting?.reject(answer);
    else waiting?.resolve(answer);
  }
}
