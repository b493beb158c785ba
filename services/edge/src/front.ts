import type { Socket } from 'node:net';
import { contains, type AddressRanges } from '@longwire/origins';
import { wireOfAccepted, wireOfSecured } from './accepted.ts';
import type { Edge } from './edge.ts';
import { plainAddress, type Arrival } from './forwarded.ts';
import { TOO_MANY } from './limits.ts';
import type { Overload, OverloadCause } from './overload.ts';
import { refusal, type Refusal } from './refusal.ts';
import { takeProxyHeader } from './take-proxy-header.ts';
import type { TlsGate } from './tls-gate.ts';
import type { Wire } from './wire.ts';

export interface FrontOptions {
  /** From where connections begin with a PROXY header, and from nowhere else. */
  readonly proxyFrom: AddressRanges;
  /** How long a PROXY header may take, in milliseconds. */
  readonly headTimeoutMs: number;
  readonly overload: Overload;
  readonly tls: TlsGate;
  readonly onTurnedAway: (cause: OverloadCause | 'address') => void;
}

const OVERLOADED = refusal(503, 'this edge is overloaded', 'Retry-After: 5');
const NOT_PROXIED = refusal(400, 'a PROXY header is required from here');
/** How many refused clients may be waited for at once, so that refusing costs little when there is little left. */
const MAX_LINGERING = 1_000;

/** What lies between an accepted socket and its handshake: overload, the PROXY header, limits by address, TLS. */
export class Front {
  readonly #edge: Edge;
  readonly #options: FrontOptions;
  #open = 0;
  #lingering = 0;

  constructor(edge: Edge, options: FrontOptions) {
    this.#edge = edge;
    this.#options = options;
  }

  /** Client connections open now. */
  get open(): number {
    return this.#open;
  }

  /** Takes an accepted socket of which nothing was read yet. */
  accept(socket: Socket, isTls: boolean): void {
    const { overload, proxyFrom, headTimeoutMs, onTurnedAway } = this.#options;
    if (socket.remoteAddress === undefined) return void socket.destroy(); // gone again
    const cause = overload.cause(this.#open);
    if (cause) {
      onTurnedAway(cause);
      return this.#turnAway(socket, isTls, OVERLOADED);
    }
    const address = plainAddress(socket.remoteAddress);
    if (!contains(proxyFrom, address)) return this.#enter(socket, isTls, address);
    takeProxyHeader(socket, headTimeoutMs, (header) => {
      if (header) this.#enter(socket, isTls, plainAddress(header.source ?? address));
      else this.#turnAway(socket, isTls, NOT_PROXIED);
    });
  }

  #enter(socket: Socket, isTls: boolean, address: string): void {
    const isTrusted = contains(this.#edge.limits.trusted, address);
    const arrival = { address, isTrusted, secure: isTls, serverName: undefined };
    if (!isTls) {
      const early: Buffer | null = socket.readableLength > 0 ? socket.read() : null;
      const client = wireOfAccepted(socket);
      return this.#greet(client, arrival, this.#count(client.socket, arrival), early);
    }
    const isWithin = this.#count(socket, arrival);
    this.#options.tls.accept(socket, (secured) => {
      const serverName = secured.servername ? secured.servername.toLowerCase().replace(/\.$/, '') : undefined;
      this.#greet(wireOfSecured(secured), { ...arrival, serverName }, isWithin, null);
    });
  }

  /** Whether this socket is within the limits of its address; behind a trusted proxy its head tells whose it is. */
  #count(socket: Socket, { address, isTrusted }: Arrival): boolean {
    this.#open++;
    socket.once('close', () => this.#open--);
    return isTrusted || this.#edge.limits.admit(address, socket);
  }

  #greet(client: Wire, arrival: Arrival, isWithin: boolean, early: Buffer | null): void {
    if (isWithin) return this.#edge.accept(client, arrival, early);
    this.#options.onTurnedAway('address');
    this.#refuse(client, TOO_MANY);
  }

  /** Before TLS there is nothing that could be said. */
  #turnAway(socket: Socket, isTls: boolean, answer: Refusal): void {
    if (isTls || socket.destroyed || this.#lingering >= MAX_LINGERING) socket.destroy();
    else this.#refuse(wireOfAccepted(socket), answer);
  }

  #refuse(client: Wire, answer: Refusal): void {
    this.#lingering++;
    client.socket.once('close', () => this.#lingering--);
    this.#edge.refuse(client, answer);
  }
}
