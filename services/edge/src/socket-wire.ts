import type { OnReadOpts, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { READ_SIZE, UNHEARD, type Wire, type WireEvents } from './wire.ts';

// Shared by every wire of the process: a read is consumed before the next one begins. What is sent is copied once, because
// the kernel may not take it all; then the copy belongs to the socket, and the next write gets another buffer.
const readBuffer = Buffer.allocUnsafeSlow(READ_SIZE);
let writeBuffer = Buffer.allocUnsafeSlow(READ_SIZE);
const NOTHING = Buffer.alloc(0);

/** A wire on a socket of Node's: for TLS, and where there is nothing below sockets. */
export class SocketWire implements Wire {
  readonly socket: Socket;
  events: WireEvents;
  error: NodeJS.ErrnoException | undefined;
  hasEnded = false;
  taken = 0;
  waiting = 0;
  /** Whether TCP was connected; TLS may still fail. */
  isConnected = false;

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
      .on('connect', () => (this.isConnected = true))
      .on('end', () => {
        this.hasEnded = true;
        this.events.ended(this);
      })
      .on('error', (error) => {
        this.error = error;
        this.destroy(); // by TLS a record that is none does not end the socket by itself
      })
      .on('close', () => this.events.closed(this));
  }

  get remoteAddress(): string {
    return this.socket.remoteAddress ?? '';
  }

  get remotePort(): number {
    return this.socket.remotePort ?? 0;
  }

  get hasFailed(): boolean {
    return this.error !== undefined;
  }

  get isDestroyed(): boolean {
    return this.socket.destroyed;
  }

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

  /** Gives the socket back, paused, with these bytes that were read from it. */
  release(unread: Buffer): Socket {
    this.events = UNHEARD;
    this.socket.removeAllListeners('data').pause();
    if (unread.length > 0) this.socket.unshift(unread);
    return this.socket;
  }

  keepAlive(seconds: number): void {
    this.socket.setKeepAlive(true, seconds * 1_000);
  }

  onceGone<T>(callback: (about: T) => void, about: T): void {
    this.socket.once('close', () => callback(about));
  }
}
