import type { Socket } from 'node:net';
import type { AddressRanges } from '@longwire/origins';
import { countedAs, Quota, type Limit } from './quota.ts';
import { refusal } from './refusal.ts';
import type { Domain } from './routes.ts';

/** What a client gets that is one too many. */
export const TOO_MANY = refusal(429, 'too many connections', 'Retry-After: 1');

/** What a client gets while its domain has passed more bytes than it may. */
export const TOO_MUCH = refusal(429, 'too many bytes per second', 'Retry-After: 1');

/** What clients may have of this process, by their address and by domain; what is counted is given back when its socket closes. */
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

  /** Counts a socket as one of this address; false when it is one too many. */
  admit(address: string, socket: Socket): boolean {
    return take(this.#addresses, countedAs(address), this.#perAddress, socket);
  }

  /** Counts a socket whose handshake is about to go to a domain's origin; false when it is one too many. */
  admitTo({ name, config }: Domain, socket: Socket): boolean {
    const limit = { connections: config.maxConnections, handshakesPerSecond: config.maxHandshakesPerSecond };
    return take(this.#domains, name, limit, socket);
  }

  onSecond(): void {
    this.#addresses.onSecond();
    this.#domains.onSecond();
  }
}

function take(quota: Quota, who: string, limit: Limit, socket: Socket): boolean {
  if (!quota.take(who, limit)) return false;
  socket.once('close', () => quota.giveBack(who));
  return true;
}
