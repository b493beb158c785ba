import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';

/**
 * What this edge knows of the domains: the fold of all the configs that came, in whatever order and however often. Versions
 * of a domain only rise; a removed one stays as a tombstone so that they keep rising.
 */
export class Configs {
  readonly #byName = new Map<string, DomainConfig>();

  /** Takes a config if it is newer than the one known; true if it is. */
  take(config: DomainConfig): boolean {
    const known = this.#byName.get(config.domainName);
    if (known && known.version >= config.version) return false;
    const accountId = config.accountId || (known?.accountId ?? ''); // a tombstone's last figures still belong to somebody
    this.#byName.set(config.domainName, { ...config, accountId });
    return true;
  }

  /** All of them, tombstones included. */
  get all(): DomainConfig[] {
    return [...this.#byName.values()];
  }

  /** The latest version known; versions are positions in one log, comparable across domains. */
  get version(): bigint {
    return this.#byName.values().reduce((latest, { version }) => (version > latest ? version : latest), 0n);
  }
}
