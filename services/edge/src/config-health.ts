import type { RefusedConfig } from '@longwire/contracts/edge/v1/edge_status';
import type { Logger } from '@longwire/service';
import { z } from 'zod';

/** A status is for people to read: it names so many bad configs, the log names all. */
const NAMED = 100;

/** How far what the edge serves can be trusted: when the control plane last confirmed it, and what could not be taken. */
export class ConfigHealth {
  readonly #refused = new Map<string, string>();
  readonly #log: Logger;
  #isFollowing = false;
  #confirmedTime: Date | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** What is served was written down then, and nobody has confirmed it since. */
  loaded(writtenAt: Date): void {
    this.#confirmedTime = writtenAt;
  }

  following(): void {
    this.#isFollowing = true;
  }

  lost(): void {
    this.#confirmedTime = this.confirmedTime;
    this.#isFollowing = false;
  }

  /** Undefined before there is any config. */
  get confirmedTime(): Date | undefined {
    return this.#isFollowing ? new Date() : this.#confirmedTime;
  }

  /** 0 while changes come in; NaN before there is any config. */
  get ageSeconds(): number {
    const { confirmedTime } = this;
    return confirmedTime ? (Date.now() - confirmedTime.getTime()) / 1000 : Number.NaN;
  }

  taken(key: string): void {
    this.#refused.delete(key);
  }

  /** Logged once for each reason, though a bucket may be read again and again. */
  refused(key: string, error: unknown): void {
    const reason = reasonOf(error);
    if (this.#refused.get(key) !== reason) this.#log.error({ key, reason }, 'config refused, the one before stays');
    this.#refused.set(key, reason);
  }

  get refusedConfigs(): RefusedConfig[] {
    return [...this.#refused].slice(0, NAMED).map(([key, reason]) => ({ key, reason }));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : String(error);
}
