import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { handle } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import type { Accounts } from './accounts.ts';
import { domain, lagsBehind } from './domain.ts';
import { domainSubject, loadedOf } from './read-model.ts';
import type { DomainView } from './read-model.ts';

const retryMs = 1_000;
/** Domains of one account that follow it side by side. */
const atOnce = 16;

export type Follow = {
  log: EventLog;
  domains: ReadonlyMap<string, DomainView>;
  accounts: Accounts;
  /** Resolves when the domains and the accounts are known. */
  caughtUp: Promise<unknown>;
  /** Called with each failure before it is tried again. */
  onRetry: (error: unknown) => void;
};

/**
 * Has each domain follow what is decided about its account: limits, suspension, reinstatement, as events of its own, so that its
 * version rises and its history tells. It compares states, not messages, and so mends whatever a stop or a race has left out;
 * several instances may do it, for a domain takes each of the account's decisions once.
 */
export class FollowAccounts {
  readonly #with: Follow;
  /** Keys of domains that may lag behind. */
  readonly #dirty = new Set<string>();
  #wake = Promise.withResolvers<void>();
  /** Before both logs are read nobody knows who lags behind; then all are looked at once. */
  #isKnown = false;

  constructor(parts: Follow) {
    this.#with = parts;
  }

  /** Called with each domain as the log is folded. */
  domainChanged(view: DomainView): void {
    if (!this.#isKnown || !lagsBehind(view.state, this.#with.accounts.rightsOf(view.state.accountId))) return;
    this.#dirty.add(view.key);
    this.#wake.resolve();
  }

  /** Called with each account whose rights have changed. */
  accountChanged(accountId: string): void {
    if (!this.#isKnown) return;
    for (const view of this.#with.domains.values()) if (view.state.accountId === accountId) this.domainChanged(view);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { caughtUp, onRetry } = this.#with;
    signal.addEventListener('abort', () => this.#wake.resolve(), { once: true });
    await Promise.race([caughtUp.catch(() => {}), aborted(signal)]); // what stopped reading is told by the projections
    this.#isKnown = true;
    for (const view of this.#with.domains.values()) this.domainChanged(view);
    while (!signal.aborted) {
      const some = [...this.#dirty].slice(0, atOnce);
      for (const key of some) this.#dirty.delete(key);
      const outcomes = await Promise.allSettled(some.map((key) => this.#follow(key)));
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.status === 'fulfilled') continue;
        this.#dirty.add(some[index] ?? '');
        onRetry(outcome.reason);
      }
      if (outcomes.some(({ status }) => status === 'rejected'))
        await sleep(retryMs, undefined, { signal }).catch(() => {});
      else if (this.#dirty.size === 0) {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }

  async #follow(key: string): Promise<void> {
    const { log, domains, accounts } = this.#with;
    const view = domains.get(key);
    if (!view) return;
    const { accountId, domainName } = view.state;
    const rights = accounts.rightsOf(accountId);
    const meta = { commandId: `follow-account:${randomUUID()}`, actor: 'config', time: new Date() };
    const command = { type: 'FollowAccount', accountId, rights } as const;
    if (lagsBehind(view.state, rights))
      await handle(log, domainSubject(domainName), domain, command, { meta, from: loadedOf(view) });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
