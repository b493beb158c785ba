import { setTimeout as sleep } from 'node:timers/promises';
import { Advice } from '../advice.js';
import { deferred, settlesWithin } from './deferred.js';
import { launch } from './launch.js';
import { tail } from './log-file.js';
import { untilReady } from './readiness.js';

/** @import { Running } from './launch.js' */
/** @import { Part, PartEvent } from './part.js' */

const firstPauseMs = 200;
const longestPauseMs = 10_000;
const steadyMs = 10_000; // A part that was ready for this long did not die at once.
const deathsToGiveUp = 4; // In a row; a start then fails, a part that once was ready is tried on and on.

/**
 * What a part is supervised with.
 * @typedef {object} Context
 * @property {string} cwd
 * @property {string} logFile
 * @property {number} startBudgetMs how long a start may take
 * @property {{ add: (name: string, pid: number) => void, remove: (name: string) => void }} records
 * @property {(event: PartEvent) => void} report
 */

/** One part kept running: started, started again with growing pauses when it dies, stopped when asked. */
export class Supervised {
  #part;
  #context;
  #stopAsked = new AbortController();
  /** @type {Promise<void>} */
  #life = Promise.resolve();
  /** @type {Running | undefined} */
  #running;
  #readiness = deferred();
  #wasReady = false;

  /**
   * @param {Part} part
   * @param {Context} context
   */
  constructor(part, context) {
    this.#part = part;
    this.#context = context;
  }

  get part() {
    return this.#part;
  }

  get logFile() {
    return this.#context.logFile;
  }

  /** Of the process that runs now. */
  get pid() {
    return this.#running?.pid;
  }

  /**
   * Resolves when the part is ready.
   * @throws {Advice} with the end of its log, when it dies again and again or takes too long; stop it then
   */
  async start() {
    this.#stopAsked = new AbortController();
    this.#readiness = deferred();
    this.#life = this.#keepRunning(this.#stopAsked.signal);
    const { startBudgetMs } = this.#context;
    const late = setTimeout(() => this.#giveUp(`is not ready after ${startBudgetMs / 1000} s`), startBudgetMs);
    try {
      await this.#readiness.promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** Resolves at once if the part is ready, else when it next is. */
  untilReady() {
    return this.#readiness.promise;
  }

  /** @param {number} graceMs from the request to stop to SIGKILL */
  async stop(graceMs) {
    this.#stopAsked.abort();
    this.#readiness.reject(new Error(`${this.#part.name} was stopped`));
    const running = this.#running;
    if (running) {
      running.signal('SIGTERM');
      if (!(await settlesWithin(running.ended, graceMs))) {
        this.#context.report({ type: 'killed', part: this.#part, afterSeconds: graceMs / 1000 });
        running.killGroup();
      }
    }
    await this.#life;
  }

  /** Ends it and what it started, now. */
  killGroup() {
    this.#running?.killGroup();
  }

  /**
   * Sends a signal to its process, as anybody could; what dies of it is started again.
   * @param {NodeJS.Signals} signal
   */
  async kill(signal) {
    const running = this.#running;
    if (!running) throw new Error(`${this.#part.name} does not run`);
    running.signal(signal);
    if (signal === 'SIGKILL' || signal === 'SIGTERM' || signal === 'SIGINT') await running.ended;
  }

  /** @param {AbortSignal} stopAsked */
  async #keepRunning(stopAsked) {
    for (let deaths = 0; !stopAsked.aborted;) {
      const { how, readyMs } = await this.#runOnce();
      if (stopAsked.aborted || (this.#part.speaks && how === 'exit code 0')) return;
      deaths = readyMs > steadyMs ? 1 : deaths + 1;
      const pauseMs = Math.min(firstPauseMs * 2 ** (deaths - 1), longestPauseMs);
      this.#context.report({ type: 'died', part: this.#part, how, restartSeconds: pauseMs / 1000 });
      if (deaths === deathsToGiveUp) this.#giveUp(`died ${deaths} times in a row, the last time with ${how}`);
      await sleep(pauseMs, undefined, { signal: stopAsked }).catch(() => undefined);
    }
  }

  /** @returns {Promise<{ how: string, readyMs: number }>} how it ended, and for how long it had been ready */
  async #runOnce() {
    const { records, report } = this.#context;
    const { name, ready } = this.#part;
    const startedAt = performance.now();
    const running = launch(this.#part, this.#context);
    this.#running = running;
    if (running.pid !== undefined) records.add(name, running.pid);

    const endedSignal = new AbortController();
    void running.ended.then(() => endedSignal.abort());
    const isReady = ready === undefined ? running.pid !== undefined : await untilReady(ready, endedSignal.signal);
    const readyAt = performance.now();
    if (isReady) {
      this.#readiness.resolve();
      report({ type: 'ready', part: this.#part, seconds: (readyAt - startedAt) / 1000, again: this.#wasReady });
      this.#wasReady = true;
    }

    const how = await running.ended;
    if (isReady) this.#readiness = deferred();
    this.#running = undefined;
    records.remove(name);
    return { how, readyMs: isReady ? performance.now() - readyAt : 0 };
  }

  /** @param {string} why */
  #giveUp(why) {
    const { logFile, report } = this.#context;
    const log = tail(logFile, 12);
    if (this.#wasReady) report({ type: 'keeps dying', part: this.#part, why, log, logFile });
    this.#readiness.reject(new Advice(`${this.#part.name} ${why}; the end of ${logFile}:\n${log}`));
  }
}
