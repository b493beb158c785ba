import type { OnReadOpts, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** What a wire tells whoever holds it. One object serves all of a phase: no closure is made and no event emitted per read. */
export interface WireEvents {
  /** Bytes came. They are valid during the call only: the next read overwrites them. */
  bytes(wire: Wire, chunk: Buffer): void;
  /** What `send` could not hand over at once is with the kernel now. */
  drained(wire: Wire): void;
  /** The peer sends no more (FIN). */
  ended(wire: Wire): void;
  /** The socket is gone: after both FINs, a reset, an error, or `destroy`. Comes once, last. */
  closed(wire: Wire): void;
}

/** The size of a read, and so of what waits at most for a reader that does not keep up. */
export const READ_SIZE = 64 * 1024;

// Shared by every wire of the process: a read is consumed before the next one begins. What is sent is copied once, because
// the kernel may not take it all; then the copy belongs to the socket, and the next write gets another buffer.
const readBuffer = Buffer.allocUnsafeSlow(READ_SIZE);
let writeBuffer = Buffer.allocUnsafeSlow(READ_SIZE);
const NOTHING = Buffer.alloc(0);

/** A socket with its events bundled. Its error handler is there from the start, so that a reset is never uncaught. */
export class Wire {
  readonly socket: Socket;
  events: WireEvents;
  /** Why the socket is gone, where the system said so. */
  error: NodeJS.ErrnoException | undefined;
  /** Whether the peer's FIN has come. */
  hasEnded = false;
  /** Bytes that the kernel has taken from us so far. */
  taken = 0;
  /** Bytes that wait for the kernel to take them. */
  waiting = 0;

  /** TLS takes bytes at once, but says so a turn later: a feeder that stopped each time would stop for every message. */
  readonly #isTls: boolean;
  readonly #onFlushed = (error?: Error | null) => {
    if (error || this.waiting === 0 || this.socket.writableLength > 0) return;
    this.taken += this.waiting;
    this.waiting = 0;
    this.events.drained(this);
  };

  /** @param open makes the socket, which reads through `onread`, or passes what it reads to `take` */
  constructor(events: WireEvents, open: (onread: OnReadOpts, take: (chunk: Buffer) => void) => Socket) {
    this.events = events;
    const onread = {
      buffer: readBuffer,
      callback: (size: number) => {
        this.events.bytes(this, readBuffer.subarray(0, size));
        return true;
      },
    };
    this.socket = open(onread, (chunk) => this.events.bytes(this, chunk));
    this.#isTls = this.socket instanceof TLSSocket;
    this.socket
      .on('end', () => {
        this.hasEnded = true;
        this.events.ended(this);
      })
      .on('error', (error) => (this.error = error))
      .on('close', () => this.events.closed(this));
  }

  /** Sends a copy of these bytes. False when the kernel does not take them all: then stop whoever feeds this, until `drained`. */
  send(chunk: Buffer): boolean {
    const { socket } = this;
    if (chunk.length === 0 || socket.destroyed || socket.writableEnded) return true;
    if (this.#isTls || this.waiting > 0 || chunk.length > READ_SIZE) {
      this.waiting += chunk.length;
      socket.write(Buffer.from(chunk), this.#onFlushed);
      return this.#isTls && this.waiting < READ_SIZE;
    }
    chunk.copy(writeBuffer);
    socket.write(writeBuffer.subarray(0, chunk.length));
    if (socket.writableLength === 0) {
      if (!socket.errored) this.taken += chunk.length; // a write that failed leaves nothing waiting, too
      return true;
    }
    this.waiting = chunk.length;
    writeBuffer = Buffer.allocUnsafeSlow(READ_SIZE);
    socket.write(NOTHING, this.#onFlushed); // with a callback on every write, those that go through would pay for it too
    return false;
  }

  /** Sends a FIN after what waits. */
  end(): void {
    if (!this.socket.destroyed) this.socket.end();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
