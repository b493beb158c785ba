import type { AddressRanges } from '@longwire/origins';
import { countedAs, Quota, type Limit } from './quota.ts';
import { refusal } from './refusal.ts';
import type { Domain } from './routes.ts';
import type { Wire } from './wire.ts';

/** What is told when it is over. */
type Going = Pick<Wire, 'onceGone'>;

/** What a client gets that is one too many. */
export const TOO_MANY = refusal(429, 'too many connections', 'Retry-After: 1');

/** What a client gets while its domain has passed more bytes than it may. */
export const TOO_MUCH = refusal(429, 'too many bytes per second', 'Retry-After: 1');

/** What clients may have of this process, by their address and by domain; what is counted is given back when its connection is gone. */
export class Limits {
  /** Whom it is believed what they say about forwarding: their clients are counted, not they. */
  readonly trusted: AddressRanges;
  readonly #perAddress: Limit;
  readonly #addresses = new Quota();
  readonly #domains = new Quota();

  constructor(perAddress: Limit, trusted: AddressRanges) {
    this.#perAddress = perAddress;
    this.trusted = trusted;
  }

  /** How many addresses and domains are counted now. */
  get size(): number {
    return this.#addresses.size + this.#domains.size;
  }

  /** Counts a connection as one of this address; false when it is one too many. */
  admit(address: string, connection: Going): boolean {
    if (this.#perAddress.connections === 0 && this.#perAddress.handshakesPerSecond === 0) return true; // and never will be
    return take(this.#addresses, countedAs(address), this.#perAddress, connection);
  }

  /** Counts a connection whose handshake is about to go to a domain's origin; false when it is one too many. */
  admitTo({ name, config }: Domain, connection: Going): boolean {
    const limit = { connections: config.maxConnections, handshakesPerSecond: config.maxHandshakesPerSecond };
    return take(this.#domains, name, limit, connection);
  }

  onSecond(): void {
    this.#addresses.onSecond();
    this.#domains.onSecond();
  }
}

function take(quota: Quota, who: string, limit: Limit, connection: Going): boolean {
  if (!quota.take(who, limit)) return false;
  connection.onceGone(quota.giveBack, who);
  return true;
}
