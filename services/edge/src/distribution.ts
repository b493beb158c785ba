import { setImmediate as turn } from 'node:timers/promises';
import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import type { Logger } from '@longwire/service';

/** Hands configs on to all who carry clients; those that come together go together. */
export class Distribution {
  /** The latest version that all of them run. */
  version = 0n;
  readonly #apply: (configs: readonly DomainConfig[]) => Promise<unknown>;
  readonly #onApplied: () => void;
  readonly #log: Logger;
  #waiting: DomainConfig[] = [];
  #isRunning = false;
  #hasFailed = false;

  /**
   * @param apply resolves when all of them run the configs
   * @param onApplied called when configs have been applied
   */
  constructor(apply: (configs: readonly DomainConfig[]) => Promise<unknown>, onApplied: () => void, log: Logger) {
    this.#apply = apply;
    this.#onApplied = onApplied;
    this.#log = log;
  }

  handOn(config: DomainConfig): void {
    this.#waiting.push(config);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    await turn(); // what else this turn brings
    while (this.#waiting.length > 0) {
      await this.#handOn(this.#waiting.splice(0));
    }
    this.#isRunning = false;
  }

  async #handOn(configs: DomainConfig[]): Promise<void> {
    try {
      await this.#apply(configs);
    } catch (error) {
      // A fault of ours; the version rises no more, so everybody sees that these are not in force everywhere.
      this.#hasFailed = true;
      return this.#log.error({ err: error }, 'config not applied');
    }
    if (!this.#hasFailed) for (const { version } of configs) if (version > this.version) this.version = version;
    this.#onApplied();
  }
}
