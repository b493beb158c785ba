import type { Socket } from 'node:net';
import { contains, type AddressRanges } from '@longwire/origins';
import { wireOfSecured, wireOfSocket, type Accepted } from './accepted.ts';
import type { Edge } from './edge.ts';
import type { HandleWires } from './handle-wire.ts';
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
  /** Where there are some, TLS is read and written below sockets, too. */
  readonly wires: HandleWires | undefined;
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
  readonly #left = () => void this.#open--;
  readonly #lingered = () => void this.#lingering--;

  constructor(edge: Edge, options: FrontOptions) {
    this.#edge = edge;
    this.#options = options;
  }

  /** Client connections open now. */
  get open(): number {
    return this.#open;
  }

  /** Takes a connection that was accepted. */
  accept(accepted: Accepted, isTls: boolean): void {
    const { overload, proxyFrom, headTimeoutMs, onTurnedAway } = this.#options;
    if (accepted.remoteAddress === undefined) return accepted.destroy(); // gone again
    const cause = overload.cause(this.#open);
    if (cause) {
      onTurnedAway(cause);
      // Before TLS there is nothing that could be said.
      return isTls || this.#lingering >= MAX_LINGERING
        ? accepted.destroy()
        : this.#refuse(accepted.toWire(), OVERLOADED);
    }
    const address = plainAddress(accepted.remoteAddress);
    const isProxied = contains(proxyFrom, address);
    if (!isTls) {
      const client = accepted.toWire();
      if (!isProxied) return this.#enter(client, address);
      return takeProxyHeader(client, headTimeoutMs, (header, rest) => {
        if (header) this.#enter(client, plainAddress(header.source ?? address), rest);
        else this.#refuse(client, NOT_PROXIED);
      });
    }
    const socket = accepted.toSocket();
    if (!isProxied) return this.#enterByTls(socket, address);
    const header = wireOfSocket(socket);
    takeProxyHeader(header, headTimeoutMs, (found, rest) => {
      if (found) this.#enterByTls(header.release(rest), plainAddress(found.source ?? address));
      else socket.destroy();
    });
  }

  #enter(client: Wire, address: string, early?: Buffer): void {
    const arrival = this.#arrival(address, false);
    this.#greet(client, arrival, this.#count(client, arrival), early);
  }

  #enterByTls(socket: Socket, address: string): void {
    const arrival = this.#arrival(address, true);
    const isWithin = this.#count(
      { onceGone: (callback, about) => void socket.once('close', () => callback(about)) },
      arrival,
    );
    this.#options.tls.accept(socket, (secured) => {
      const serverName = secured.servername ? secured.servername.toLowerCase().replace(/\.$/, '') : undefined;
      const { wire, early } = wireOfSecured(secured, this.#options.wires);
      this.#greet(wire, { ...arrival, serverName }, isWithin, early);
    });
  }

  #arrival(address: string, secure: boolean): Arrival {
    return { address, isTrusted: contains(this.#edge.limits.trusted, address), secure, serverName: undefined };
  }

  /** Whether this connection is within the limits of its address; behind a trusted proxy its head tells whose it is. */
  #count(connection: Pick<Wire, 'onceGone'>, { address, isTrusted }: Arrival): boolean {
    this.#open++;
    connection.onceGone(this.#left, undefined);
    return isTrusted || this.#edge.limits.admit(address, connection);
  }

  #greet(client: Wire, arrival: Arrival, isWithin: boolean, early?: Buffer): void {
    if (isWithin) return this.#edge.accept(client, arrival, early);
    this.#options.onTurnedAway('address');
    this.#refuse(client, TOO_MANY);
  }

  #refuse(client: Wire, answer: Refusal): void {
    if (client.isDestroyed || this.#lingering >= MAX_LINGERING) return client.destroy();
    this.#lingering++;
    client.onceGone(this.#lingered, undefined);
    this.#edge.refuse(client, answer);
  }
}
