import { isIPv6 } from 'node:net';

/** How much one client address, or one domain, may have; 0 is no limit. */
export interface Limit {
  readonly connections: number;
  readonly handshakesPerSecond: number;
}

/**
 * Who has how many connections, and how many handshakes in the second that runs. It knows those only who have a connection
 * or began one in this second, so that it does not grow with the number of addresses ever seen.
 */
export class Quota {
  readonly #connections = new Map<string, number>();
  readonly #handshakes = new Map<string, number>();

  /** How many are known now. */
  get size(): number {
    return this.#connections.size + this.#handshakes.size;
  }

  /** Counts a connection if the limit lets it; what was taken must be given back, once. */
  take(who: string, limit: Limit): boolean {
    const connections = this.#connections.get(who) ?? 0;
    const handshakes = this.#handshakes.get(who) ?? 0;
    if (limit.handshakesPerSecond > 0) {
      if (handshakes >= limit.handshakesPerSecond) return false;
      this.#handshakes.set(who, handshakes + 1);
    }
    if (limit.connections > 0 && connections >= limit.connections) return false;
    this.#connections.set(who, connections + 1);
    return true;
  }

  /** May be passed on as it is. */
  readonly giveBack = (who: string): void => {
    const left = (this.#connections.get(who) ?? 0) - 1;
    if (left > 0) this.#connections.set(who, left);
    else this.#connections.delete(who);
  };

  /** Another second has begun. */
  onSecond(): void {
    this.#handshakes.clear();
  }
}

/** What addresses are counted by: an IPv4 address itself, the /64 of an IPv6 one, which is what one subscriber is given. */
export function countedAs(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
