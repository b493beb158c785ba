import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { Figures } from './figures.ts';
import { Pace } from './pace.ts';
import type { Tunnel } from './tunnel.ts';

/** One domain as this edge serves it. Live tunnels hold it, so that a new setting reaches them and nobody else. */
export interface Domain {
  readonly name: string;
  config: DomainConfig;
  /** What keeps it at its bytes per second; undefined when there is no limit. */
  pace: Pace | undefined;
  readonly figures: Figures;
  readonly tunnels: Set<Tunnel>;
}

/** The domains by name. Versions of a domain only rise; a removed domain stays as a tombstone so that they keep rising. */
export class Routes {
  readonly #domains = new Map<string, Domain>();
  /** The latest version applied; versions are positions in one log, comparable across domains. */
  version = 0n;

  get domains(): MapIterator<Domain> {
    return this.#domains.values();
  }

  /** Takes a domain's config if it is newer than the one held; the domain that changed, or undefined. */
  apply(config: DomainConfig): Domain | undefined {
    const held = this.#domains.get(config.domainName);
    if (held && held.config.version >= config.version) return undefined;
    if (config.version > this.version) this.version = config.version;
    if (held) {
      const accountId = config.accountId || held.config.accountId; // a tombstone's last figures still belong to somebody
      held.config = { ...config, accountId };
      setPace(held);
      return held;
    }
    const tunnels = new Set<Tunnel>();
    const domain: Domain = { name: config.domainName, config, pace: undefined, figures: new Figures(), tunnels };
    setPace(domain);
    this.#domains.set(domain.name, domain);
    return domain;
  }

  /** The domain that serves a host: its own name, else the wildcard one label above; never a removed one. */
  find(host: string): Domain | undefined {
    return this.#present(host) ?? this.#present(host.replace(/^[^.]+/, '*'));
  }

  #present(name: string): Domain | undefined {
    const domain = this.#domains.get(name);
    return domain?.config.removed === false ? domain : undefined;
  }
}

/** A changed limit reaches live tunnels, too. */
function setPace(domain: Domain): void {
  const rate = Number(domain.config.maxBytesPerSecond);
  if (rate > 0) {
    if (domain.pace) domain.pace.change(rate);
    else domain.pace = new Pace(rate);
  } else {
    domain.pace?.[Symbol.dispose]();
    domain.pace = undefined;
  }
}
