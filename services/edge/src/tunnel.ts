import { Direction } from './direction.ts';
import type { Domain } from './routes.ts';
import type { Seconds } from './seconds.ts';
import type { Wire, WireEvents } from './wire.ts';

/** Why a tunnel ended: the first thing that made it end. */
export interface Ending {
  readonly by: 'client' | 'origin' | 'edge';
  readonly cause: 'close_frame' | 'fin' | 'reset' | EdgeCause;
}

export type EdgeCause = 'heartbeat' | 'stalled' | 'disabled' | 'removed' | 'draining';

/** How long a Close frame may stay unanswered, in seconds. */
const CLOSE_ANSWER = 30;
/** How long the other side may live on after a FIN or a reset. */
const HALF_OPEN = 4;
/** How long a peer has to take the edge's own Close and FIN. */
const LINGER = 2;
/** How long a reader may take nothing at all while bytes wait for it. */
const STALL = 60;

/** A client's wire and an origin's, from the 101 on: relays bytes both ways until both sockets are gone. */
export class Tunnel implements WireEvents {
  readonly domain: Domain;
  readonly client: Wire;
  readonly origin: Wire;
  readonly toOrigin: Direction;
  readonly toClient: Direction;
  /** The second in which a byte was last read or taken. */
  lastActive: number;
  bytesFromClient = 0;
  ending: Ending | undefined;

  readonly #seconds: Seconds;
  readonly #onClosed: (tunnel: Tunnel) => void;
  readonly #headBytes: number;
  readonly #counted = { bytesFromClient: 0, bytesToClient: 0, messagesFromClient: 0, messagesToClient: 0 };
  #deadline = Number.POSITIVE_INFINITY;
  #isClosing = false;
  #socketsGone = 0;

  /** @param client a wire on which all that was sent so far belongs to the handshake */
  constructor(domain: Domain, client: Wire, origin: Wire, seconds: Seconds, onClosed: (tunnel: Tunnel) => void) {
    this.domain = domain;
    this.client = client;
    this.origin = origin;
    this.toOrigin = new Direction(origin, true);
    this.toClient = new Direction(client, false);
    this.lastActive = seconds.passed;
    this.#seconds = seconds;
    this.#onClosed = onClosed;
    this.#headBytes = client.taken + client.waiting;
  }

  /** Begins with what came while the handshake went on, and goes on with whatever comes. */
  start(fromClient: Buffer, fromOrigin: Buffer): void {
    this.client.events = this;
    this.origin.events = this;
    this.client.resume();
    this.origin.resume();
    if (fromOrigin.length > 0) this.bytes(this.origin, fromOrigin);
    if (fromClient.length > 0) this.bytes(this.client, fromClient);
  }

  /** Bytes that the kernel has taken for the client, the edge's own frames included. */
  get bytesToClient(): number {
    return Math.max(0, this.client.taken - this.#headBytes);
  }

  bytes(wire: Wire, chunk: Buffer): void {
    this.lastActive = this.#seconds.passed;
    const fromClient = wire === this.client;
    if (fromClient) this.bytesFromClient += chunk.length;
    const direction = fromClient ? this.toOrigin : this.toClient;
    if (!direction.relay(chunk)) wire.pause();
    if (direction.scanner.closeCode !== undefined) this.#ends(wire, 'close_frame', CLOSE_ANSWER);
  }

  drained(wire: Wire): void {
    this.lastActive = this.#seconds.passed;
    const feeder = this.#otherOf(wire);
    this.#directionFrom(feeder).stalledSeconds = 0;
    feeder.resume();
  }

  ended(wire: Wire): void {
    this.#ends(wire, 'fin', HALF_OPEN);
    this.#directionFrom(wire).end();
  }

  closed(wire: Wire): void {
    this.#ends(wire, wire.error ? 'reset' : 'fin', HALF_OPEN);
    if (++this.#socketsGone === 2) return this.#onClosed(this);
    this.#directionFrom(wire).end();
    this.#otherOf(wire).resume(); // what still comes has nowhere to go, but its FIN is waited for
  }

  /** Ends both directions with the same Close, each at a frame boundary; where none comes in time, with the end of TCP. */
  close(code: number, reason: string, cause: EdgeCause): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.ending ??= { by: 'edge', cause };
    this.#deadline = Math.min(this.#deadline, this.#seconds.passed + LINGER);
    this.toClient.close(code, reason);
    this.toOrigin.close(code, reason);
    this.client.resume();
    this.origin.resume();
  }

  /** Ends both sockets now. */
  destroy(): void {
    this.client.destroy();
    this.origin.destroy();
  }

  /** Called once a second: all the time limits of a tunnel, without a timer of its own. */
  onSecond(): void {
    const now = this.#seconds.passed;
    this.toClient.onSecond();
    this.toOrigin.onSecond();
    if (now >= this.#deadline) this.destroy();
    else if (this.#isClosing) this.#endBoth();
    else if (this.toClient.stalledSeconds > STALL || this.toOrigin.stalledSeconds > STALL) {
      this.close(1001, 'reader stalled', 'stalled');
    } else if (now - this.lastActive > this.domain.config.heartbeatSeconds) {
      this.close(1001, 'heartbeat time exceeded', 'heartbeat');
    }
  }

  /** Adds to the domain's figures what was not added yet. */
  count(): void {
    const { figures } = this.domain;
    const now = {
      bytesFromClient: this.bytesFromClient,
      bytesToClient: this.bytesToClient,
      messagesFromClient: this.toOrigin.scanner.messages,
      messagesToClient: this.toClient.scanner.messages,
    };
    figures.bytesFromClient += now.bytesFromClient - this.#counted.bytesFromClient;
    figures.bytesToClient += now.bytesToClient - this.#counted.bytesToClient;
    figures.messagesFromClient += now.messagesFromClient - this.#counted.messagesFromClient;
    figures.messagesToClient += now.messagesToClient - this.#counted.messagesToClient;
    Object.assign(this.#counted, now);
  }

  #endBoth(): void {
    this.toClient.end();
    this.toOrigin.end();
  }

  #ends(wire: Wire, cause: 'close_frame' | 'fin' | 'reset', secondsLeft: number): void {
    this.ending ??= { by: wire === this.client ? 'client' : 'origin', cause };
    this.#deadline = Math.min(this.#deadline, this.#seconds.passed + secondsLeft);
  }

  #otherOf(wire: Wire): Wire {
    return wire === this.client ? this.origin : this.client;
  }

  #directionFrom(wire: Wire): Direction {
    return wire === this.client ? this.toOrigin : this.toClient;
  }
}
