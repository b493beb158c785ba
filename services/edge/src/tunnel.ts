import { Direction } from './direction.ts';
import { NO_CLOSE, type EdgeCause, type Ending, type PeerCause } from './ending.ts';
import { rulesOf, type Fault } from './frame-rules.ts';
import { Pings } from './pings.ts';
import type { Domain } from './routes.ts';
import type { Seconds } from './seconds.ts';
import type { Wire, WireEvents } from './wire.ts';

/** How long a Close frame may stay unanswered, in seconds. */
const CLOSE_ANSWER = 30;
/** How long the other side may live on after a FIN or a reset. */
const HALF_OPEN = 4;
/** How long a frame under way has to end before its direction does, in milliseconds: what is switched off ends within a second. */
const FRAME_END_MS = 900;
/** How long a peer has to take the edge's own Close and FIN. */
const LINGER = 2;
/** How long a reader may take nothing at all while bytes wait for it. */
const STALL = 60;
/** After how much silence the system looks whether a peer is still there, in seconds; for tunnels that live for so long, because it costs eight system calls. */
const KEEP_ALIVE = 60;
const LASTING = 5;

/** What a tunnel was when it opened. */
export interface Opened {
  /** Of this connection, and no other's. */
  readonly id: string;
  /** As the client gave it, or the same. */
  readonly requestId: string;
  /** The address of the client itself, also behind proxies that are trusted. */
  readonly clientAddress: string;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  /** The one that the origin chose; empty when none. */
  readonly subprotocol: string;
  readonly configVersion: bigint;
  /** By `performance.now()`. */
  readonly at: number;
}

/** A client's wire and an origin's, from the 101 on: relays bytes both ways until both sockets are gone. */
export class Tunnel implements WireEvents {
  readonly domain: Domain;
  readonly opened: Opened;
  readonly client: Wire;
  readonly origin: Wire;
  readonly toOrigin: Direction;
  readonly toClient: Direction;
  /** The edge's own pings, once there was reason for one. */
  clientPings: Pings | undefined;
  originPings: Pings | undefined;
  /** The second in which a byte of the peers' was last passed on or taken. */
  lastActive: number;
  bytesFromClient = 0;
  ending: Ending | undefined;

  readonly #seconds: Seconds;
  readonly #onClosed: (tunnel: Tunnel) => void;
  readonly #headBytes: number;
  readonly #lastsFrom: number;
  readonly #counted = { bytesFromClient: 0, bytesToClient: 0, messagesFromClient: 0, messagesToClient: 0 };
  #deadline = Number.POSITIVE_INFINITY;
  #isClosing = false;
  #socketsGone = 0;

  /**
   * @param client a wire on which all that was sent so far belongs to the handshake
   * @param extensions the names of those that the origin chose
   */
  constructor(
    domain: Domain,
    opened: Opened,
    client: Wire,
    origin: Wire,
    extensions: readonly string[],
    seconds: Seconds,
    onClosed: (tunnel: Tunnel) => void,
  ) {
    const rules = rulesOf(domain.config, extensions);
    this.domain = domain;
    this.opened = opened;
    this.client = client;
    this.origin = origin;
    this.toOrigin = new Direction(origin, rules.toOrigin);
    this.toClient = new Direction(client, rules.toClient);
    this.lastActive = this.toOrigin.lastActive = this.toClient.lastActive = seconds.passed;
    this.#seconds = seconds;
    this.#onClosed = onClosed;
    this.#headBytes = client.taken + client.waiting;
    this.#lastsFrom = seconds.passed + LASTING;
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
    const fromClient = wire === this.client;
    if (fromClient) this.bytesFromClient += chunk.length;
    const direction = fromClient ? this.toOrigin : this.toClient;
    const { scanner, passed } = direction;
    if (!direction.relay(chunk)) wire.pause();
    if (direction.passed !== passed) {
      this.lastActive = direction.lastActive = this.#seconds.passed;
      if (this.domain.pace?.passed(chunk.length) === false) this.#hold(wire, direction, chunk.length);
    }
    if (scanner.closeCode !== undefined) this.#ends(wire, 'close_frame', CLOSE_ANSWER, scanner.closeCode);
    if (scanner.fault !== undefined) this.#refuse(wire, scanner.fault);
  }

  drained(wire: Wire): void {
    this.lastActive = this.#seconds.passed;
    const feeder = this.#otherOf(wire);
    const direction = this.#directionFrom(feeder);
    direction.stalledSeconds = 0;
    if (!direction.isHeld) feeder.resume();
  }

  ended(wire: Wire): void {
    this.#ends(wire, 'fin', HALF_OPEN, NO_CLOSE);
    this.#directionFrom(wire).end();
  }

  closed(wire: Wire): void {
    this.#ends(wire, wire.hasFailed ? 'reset' : 'fin', HALF_OPEN, NO_CLOSE);
    if (++this.#socketsGone === 2) return this.#onClosed(this);
    this.#directionFrom(wire).end();
    this.#otherOf(wire).resume(); // what still comes has nowhere to go, but its FIN is waited for
  }

  /** Ends both directions with the same Close, each at a frame boundary; where none comes in time, with the end of TCP. */
  close(code: number, reason: string, cause: EdgeCause): void {
    if (this.#isClosing) return;
    this.ending ??= { by: 'edge', cause, code };
    this.toClient.close(code, reason);
    this.toOrigin.close(code, reason);
    this.#lastWordsSaid();
  }

  /** Ends both sockets now. */
  destroy(): void {
    this.client.destroy();
    this.origin.destroy();
  }

  /** Called once a second: the time limits of a tunnel in whole seconds, without a timer of its own. */
  onSecond(): void {
    const now = this.#seconds.passed;
    this.toClient.onSecond();
    this.toOrigin.onSecond();
    if (now === this.#lastsFrom) {
      this.client.keepAlive(KEEP_ALIVE);
      this.origin.keepAlive(KEEP_ALIVE);
    }
    if (now >= this.#deadline) this.destroy();
    else if (this.#isClosing) return;
    else if (this.toClient.stalledSeconds > STALL || this.toOrigin.stalledSeconds > STALL) {
      this.close(1001, 'reader stalled', 'stalled');
    } else if (this.toClient.isHeld || this.toOrigin.isHeld) {
      this.lastActive = now; // there are bytes, and it is the edge that lets them wait
    } else if (now - this.lastActive > this.domain.config.heartbeatSeconds) {
      this.close(1001, 'heartbeat time exceeded', 'heartbeat');
    } else if (this.domain.config.pingIntervalSeconds > 0) this.#ping(now);
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

  /** Does not read a peer until its domain's bytes per second let it. */
  #hold(wire: Wire, direction: Direction, bytes: number): void {
    if (this.#isClosing || direction.isHeld) return; // TLS may bring more of what it had read
    direction.isHeld = true;
    wire.pause();
    this.domain.pace?.hold({
      bytes,
      release() {
        direction.isHeld = false;
        if (direction.to.waiting === 0) wire.resume();
      },
    });
  }

  #ping(now: number): void {
    const { figures, config } = this.domain;
    const { clientRoundTrips, originRoundTrips } = figures;
    this.clientPings ??= new Pings(this.toClient, this.toOrigin, (duration) => clientRoundTrips.add(duration));
    this.originPings ??= new Pings(this.toOrigin, this.toClient, (duration) => originRoundTrips.add(duration));
    this.clientPings.onSecond(now, config.pingIntervalSeconds);
    this.originPings.onSecond(now, config.pingIntervalSeconds);
    const silentSeconds = Math.max(this.clientPings.silentSeconds, this.originPings.silentSeconds);
    if (silentSeconds > config.heartbeatSeconds) this.close(1001, 'peer does not answer', 'unresponsive');
  }

  /** Who broke the rules is told which; the other peer, that it was not its fault. Nothing more passes from the one to the other. */
  #refuse(wire: Wire, { code, reason }: Fault): void {
    if (this.#isClosing) return;
    const by = wire === this.client ? 'client' : 'origin';
    this.ending ??= { by, cause: code === 1009 ? 'too_large' : 'protocol_error', code };
    this.#directionFrom(this.#otherOf(wire)).close(code, reason);
    const onward = this.#directionFrom(wire);
    onward.close(1001, `refused from the ${by}: ${reason}`);
    onward.end();
    this.#lastWordsSaid();
  }

  /** What still comes is read, so that the system does not answer it with a reset. */
  #lastWordsSaid(): void {
    this.#isClosing = true;
    this.#deadline = Math.min(this.#deadline, this.#seconds.passed + LINGER);
    this.client.resume();
    this.origin.resume();
    if (!(this.toClient.hasEnded && this.toOrigin.hasEnded)) setTimeout(() => this.#endBoth(), FRAME_END_MS);
  }

  #endBoth(): void {
    this.toClient.end();
    this.toOrigin.end();
  }

  #ends(wire: Wire, cause: PeerCause, secondsLeft: number, code: number): void {
    this.ending ??= { by: wire === this.client ? 'client' : 'origin', cause, code };
    this.#deadline = Math.min(this.#deadline, this.#seconds.passed + secondsLeft);
  }

  #otherOf(wire: Wire): Wire {
    return wire === this.client ? this.origin : this.client;
  }

  #directionFrom(wire: Wire): Direction {
    return wire === this.client ? this.toOrigin : this.toClient;
  }
}
