import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { Certificates, TLS_OPTIONS, type Pair } from './certificates.ts';
import { TICKET_KEYS_BYTES } from './ticket-keys.ts';

/** Does the TLS handshakes of accepted connections. What has come through is a tunnel's own: no later change touches it. */
export class TlsGate {
  #certificates = new Certificates([]);
  readonly #server: Server;
  readonly #timeoutMs: number;
  /** Those whose handshake goes on, by the addresses and ports of both ends. */
  readonly #waiting = new Map<string, (socket: TLSSocket) => void>();
  /** Kept over changes of certificates, so that a client's ticket stays good. */
  #ticketKeys: Buffer = randomBytes(TICKET_KEYS_BYTES);

  /** @param timeoutMs how long a handshake may take, at any trickle */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#server = createServer({
      ...TLS_OPTIONS,
      ticketKeys: this.#ticketKeys,
      ALPNProtocols: ['http/1.1'],
      pauseOnConnect: true,
      handshakeTimeout: 0, // it would begin anew with every byte; ours does not
      SNICallback: (host, found) => found(null, this.#certificates.find(host)),
    });
    this.#server.on('secureConnection', (socket) => {
      socket.setTimeout(0);
      const onSecure = this.#waiting.get(endsOf(socket));
      if (onSecure) onSecure(socket);
      else socket.on('error', () => {}).destroy(); // reset by now, which makes it nobody's
    });
    this.#server.on('tlsClientError', (_, socket) => socket.destroy());
  }

  get certificates(): Certificates {
    return this.#certificates;
  }

  /** Takes the keys that every process of this edge takes, so that each of them knows the others' tickets; earlier tickets are none any more. */
  sealTickets(keys: Buffer): void {
    this.#ticketKeys = keys;
    this.#server.setTicketKeys(keys);
  }

  /** New handshakes are served these. */
  serve(pairs: readonly Pair[]): void {
    this.#certificates = new Certificates(pairs);
    const { cert, key } = this.#certificates.fallback ?? {};
    const ownPair = cert && key ? { cert, key } : {};
    this.#server.setSecureContext({ ...TLS_OPTIONS, ...ownPair, ticketKeys: this.#ticketKeys });
  }

  /** Begins a handshake on a socket of which nothing was read, or whose bytes read lie in it again. A failed one just ends. */
  accept(socket: Socket, onSecure: (secured: TLSSocket) => void): void {
    const ends = endsOf(socket);
    const late = setTimeout(() => socket.destroy(), this.#timeoutMs);
    const settle = () => {
      clearTimeout(late);
      if (this.#waiting.get(ends) === secure) this.#waiting.delete(ends);
    };
    const secure = (secured: TLSSocket) => {
      settle();
      onSecure(secured);
    };
    this.#waiting.set(ends, secure);
    socket.once('close', settle).on('error', () => {});
    this.#server.emit('connection', socket);
  }
}

/** What Node's server hands over is another object than what it was given; this is what both know of themselves. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
