import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.js';
import { endOrphans, processRecords } from './supervisor/records.js';
import { Supervised } from './supervisor/supervised.js';

/** @import { Part, PartEvent } from './supervisor/part.js' */

const lastGraceMs = 2_000; // For a part whose turn to stop comes when the time for the whole is over.

/**
 * Runs a table of parts: in parallel as far as their dependencies allow, each kept running, all stopped in reverse order.
 * Its data folder gets `logs/<name>.log` and, while parts run, `processes.json`.
 */
export class Supervisor {
  /** @type {Map<string, Supervised>} */
  #parts;
  #dataDir;
  #records;
  #graceMs;
  #stopping = false;

  /**
   * @param {Part[]} parts
   * @param {object} options
   * @param {string} options.dataDir absolute
   * @param {string} [options.cwd] where the parts run; the checkout unless said
   * @param {(event: PartEvent) => void} [options.report] told what happens, for a terminal
   * @param {number} [options.startBudgetMs] how long one part's start may take
   * @param {number} [options.graceMs] how long the whole may take to stop before what still runs is killed
   */
  constructor(parts, { dataDir, cwd = root, report = () => undefined, startBudgetMs = 60_000, graceMs = 10_000 }) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    this.#dataDir = dataDir;
    this.#graceMs = graceMs;
    this.#records = processRecords(join(dataDir, 'processes.json'));
    const context = { cwd, report, startBudgetMs, records: this.#records };
    this.#parts = new Map(
      parts.map((part) => [
        part.name,
        new Supervised(part, { ...context, logFile: join(dataDir, 'logs', `${part.name}.log`) }),
      ]),
    );
    for (const { after } of parts) for (const name of after) this.#part(name);
  }

  /**
   * Ends what a killed launcher left running on the same data folder. Whoever calls it holds the folder's lock.
   * @returns {Promise<string[]>} names of the parts that still ran
   */
  endOrphans() {
    return endOrphans(join(this.#dataDir, 'processes.json'));
  }

  /**
   * Starts every part; resolves when all are ready.
   * @throws {import('./advice.js').Advice} when one cannot be brought up; the others go on, so stop() then
   */
  async start() {
    this.#stopping = false;
    const start = onceEach((name) => this.#startAfterOthers(name, start));
    await Promise.all([...this.#parts.keys()].map(start));
  }

  /** Stops every part after those that depend on it; none runs when this resolves. */
  async stop() {
    this.#stopping = true;
    const deadline = Date.now() + this.#graceMs;
    const stop = onceEach(async (name) => {
      await Promise.all(this.#dependents(name).map(stop));
      await this.#part(name).stop(Math.max(deadline - Date.now(), lastGraceMs));
    });
    await Promise.all([...this.#parts.keys()].map(stop));
    this.#records.close();
  }

  /** Ends every part's process at once; a stop() under way then comes to its end. */
  killAll() {
    this.#stopping = true;
    for (const part of this.#parts.values()) part.killGroup();
  }

  /** @param {string} name */
  startPart(name) {
    return this.#part(name).start();
  }

  /** @param {string} name what depends on it stays up */
  stopPart(name) {
    return this.#part(name).stop(this.#graceMs);
  }

  /** @param {string} name */
  async restart(name) {
    await this.stopPart(name);
    await this.startPart(name);
  }

  /**
   * Sends a signal to a part's process, as anybody could; what dies of it is started again.
   * @param {string} name
   * @param {NodeJS.Signals} signal for SIGKILL, SIGTERM and SIGINT this resolves when the process is gone
   */
  kill(name, signal) {
    return this.#part(name).kill(signal);
  }

  /** @param {string} name */
  untilReady(name) {
    return this.#part(name).untilReady();
  }

  /** @param {string} name */
  pid(name) {
    return this.#part(name).pid;
  }

  /**
   * What a part has written so far, both streams.
   * @param {string} name
   */
  log(name) {
    return readFile(this.#part(name).logFile, 'utf8');
  }

  [Symbol.asyncDispose]() {
    return this.stop();
  }

  /**
   * @param {string} name
   * @param {(name: string) => Promise<void>} start
   */
  async #startAfterOthers(name, start) {
    const supervised = this.#part(name);
    await Promise.all(supervised.part.after.map(start));
    if (!this.#stopping) await supervised.start();
  }

  /** @param {string} name */
  #dependents(name) {
    return [...this.#parts.values()].filter(({ part }) => part.after.includes(name)).map(({ part }) => part.name);
  }

  /** @param {string} name */
  #part(name) {
    const part = this.#parts.get(name);
    if (!part) throw new Error(`no part is named ${name}`);
    return part;
  }
}

/**
 * @param {(name: string) => Promise<void>} work
 * @returns {(name: string) => Promise<void>} the same work, done once for each name and shared by all who ask
 */
function onceEach(work) {
  /** @type {Map<string, Promise<void>>} */
  const begun = new Map();
  return (name) => {
    const known = begun.get(name);
    if (known) return known;
    const promise = work(name);
    begun.set(name, promise);
    return promise;
  };
}
