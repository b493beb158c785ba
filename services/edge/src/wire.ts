/** What a wire tells whoever holds it. One object serves all of a phase: no closure is made and no event emitted per read. */
export interface WireEvents {
  /** Bytes came. They are valid during the call only: the next read overwrites them. */
  bytes(wire: Wire, chunk: Buffer): void;
  /** What `send` could not hand over at once is with the kernel now. */
  drained(wire: Wire): void;
  /** The peer sends no more (FIN). */
  ended(wire: Wire): void;
  /** The connection is gone: after both FINs, a reset, an error, or `destroy`. Comes once, last. */
  closed(wire: Wire): void;
}

/** One connection with its events bundled; a reset of it is never uncaught. */
export interface Wire {
  events: WireEvents;
  /** The peer's address and port. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Whether the connection is gone for an error of the system. */
  readonly hasFailed: boolean;
  /** Which; made anew each time, and dear. */
  readonly error: NodeJS.ErrnoException | undefined;
  /** Whether the peer's FIN has come. */
  readonly hasEnded: boolean;
  /** Whether it was destroyed, or is gone by itself. */
  readonly isDestroyed: boolean;
  /** Bytes that the kernel has taken from us so far. */
  readonly taken: number;
  /** Bytes that wait for the kernel to take them. */
  readonly waiting: number;
  /** Sends a copy of these bytes. False when the kernel does not take them all: then stop whoever feeds this, until `drained`. */
  send(chunk: Buffer): boolean;
  /** Sends a FIN after what waits. When the peer's has come too, the connection is gone. */
  end(): void;
  pause(): void;
  resume(): void;
  destroy(): void;
  /** Has the system look whether the peer is still there, after so many seconds of silence. */
  keepAlive(seconds: number): void;
  /** Calls back when the connection is gone, whoever holds the wire by then; with an argument, so that one function serves all wires. */
  onceGone<T>(callback: (about: T) => void, about: T): void;
}

/** The events of a wire whose holder is not known yet; none come before the event loop has gone round. */
export const UNHEARD: WireEvents = { bytes() {}, drained() {}, ended() {}, closed() {} };

/** The size of a read, and so of what waits at most for a reader that does not keep up. */
export const READ_SIZE = 64 * 1024;
