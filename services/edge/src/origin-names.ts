import { lookup } from 'node:dns/promises';

/** The addresses of a name, in the order in which they are tried. Rejects like `lookup` of node:dns. */
export type Resolve = (host: string) => Promise<readonly string[]>;

// The system's resolver knows hosts files and search lists, but tells no time to live: addresses are kept for these bounds, in milliseconds.
const KEPT_MS = 10_000;
const MISSING_MS = 1_000;
/** For how long addresses may go on to serve while the resolver fails. */
const STALE_MS = 600_000;
const MOST_NAMES = 10_000;

interface Known {
  readonly addresses: readonly string[];
  /** Why there are none. */
  readonly error?: unknown;
  readonly until: number;
  readonly staleUntil: number;
}

/**
 * What origins' names stand for. A name is asked once by all who want it at the same time, and kept for 10 s, or for 1 s when it
 * does not resolve. A resolver that is out of order, other than one that says that the name does not exist, takes nothing away.
 */
export class OriginNames {
  readonly #resolve: Resolve;
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<readonly string[]>>();

  constructor(resolve: Resolve = askSystem) {
    this.#resolve = resolve;
  }

  /** The addresses, at once when they are known. Throws or rejects with the resolver's error. */
  find(host: string): readonly string[] | Promise<readonly string[]> {
    const known = this.#known.get(host);
    if (!known || performance.now() >= known.until) return this.#asked.get(host) ?? this.#ask(host);
    if (known.error !== undefined) throw known.error;
    return known.addresses;
  }

  /** An address could not be connected to: until the name is asked again, its others come first. */
  putLast(host: string, address: string): void {
    const known = this.#known.get(host);
    if (!known?.addresses.includes(address)) return;
    const others = known.addresses.filter((each) => each !== address);
    this.#known.set(host, { ...known, addresses: [...others, address] });
  }

  #ask(host: string): Promise<readonly string[]> {
    const asked = this.#learn(host).finally(() => this.#asked.delete(host));
    this.#asked.set(host, asked);
    return asked;
  }

  async #learn(host: string): Promise<readonly string[]> {
    try {
      const addresses = await this.#resolve(host);
      const now = performance.now();
      this.#keep(host, { addresses, until: now + KEPT_MS, staleUntil: now + STALE_MS });
      return addresses;
    } catch (error) {
      return this.#keepFailure(host, error);
    }
  }

  #keepFailure(host: string, error: unknown): readonly string[] {
    const known = this.#known.get(host);
    const now = performance.now();
    const until = now + MISSING_MS;
    if (!known || known.error !== undefined || isNoSuchName(error) || now >= known.staleUntil) {
      this.#keep(host, { addresses: [], error, until, staleUntil: until });
      throw error;
    }
    this.#keep(host, { ...known, until });
    return known.addresses;
  }

  #keep(host: string, known: Known): void {
    this.#known.delete(host); // so that the map stays in the order of asking
    this.#known.set(host, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_NAMES && oldest !== undefined) this.#known.delete(oldest);
  }
}

async function askSystem(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

function isNoSuchName(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';
}
