import type { TLSSocket } from 'node:tls';
import { systemError, UV_EOF, type HandleWires } from './handle-wire.ts';
import type { NativeRequest, StreamHandle } from './native-tcp.ts';
import { READ_SIZE, type Wire, type WireEvents } from './wire.ts';

/** Natives that know whom they are about. */
type WireHandle = StreamHandle & { wire: SecuredWire };
type WriteRequest = NativeRequest & { wire: SecuredWire; length: number };

/**
 * A wire on a socket that has come through its TLS handshake, read and written below its streams, which give each record to
 * JavaScript as a buffer and an event of its own. TLS encrypts at once what it is given, and takes the next only when it has said that the
 * kernel has that: what is sent meanwhile is gathered.
 */
export class SecuredWire implements Wire {
  events: WireEvents;
  readonly remoteAddress: string;
  readonly remotePort: number;
  hasEnded = false;
  taken = 0;
  waiting = 0;
  readonly #shared: HandleWires;
  readonly #socket: TLSSocket;
  readonly #handle: StreamHandle;
  #error: NodeJS.ErrnoException | undefined;
  #errno = 0;
  #gathered: Buffer[] = [];
  #isReading = false;
  #hasSaidEnd = false;

  /** @param handle of the socket, of which nothing is read by anybody else any more */
  constructor(shared: HandleWires, socket: TLSSocket, handle: StreamHandle, events: WireEvents) {
    this.events = events;
    this.remoteAddress = socket.remoteAddress ?? '';
    this.remotePort = socket.remotePort ?? 0;
    this.#shared = shared;
    this.#socket = socket;
    this.#handle = Object.assign(handle, { wire: this, onread: read });
    handle.useUserBuffer(shared.read.buffer);
    socket
      .on('error', (error) => {
        this.#error = error;
        this.destroy(); // a record that is none does not end the socket by itself
      })
      .on('close', () => this.events.closed(this))
      .on('finish', () => this.#endSent());
    this.resume();
  }

  get hasFailed(): boolean {
    return this.#errno !== 0 || this.#error !== undefined;
  }

  get error(): NodeJS.ErrnoException | undefined {
    return this.#error ?? (this.#errno === 0 ? undefined : systemError(this.#errno, this));
  }

  get isDestroyed(): boolean {
    return this.#socket.destroyed;
  }

  send(chunk: Buffer): boolean {
    if (chunk.length === 0 || this.isDestroyed || this.#hasSaidEnd) return true;
    const isUnderWay = this.waiting > 0;
    this.waiting += chunk.length;
    if (isUnderWay) this.#gathered.push(Buffer.from(chunk));
    else this.#write(chunk);
    // Nobody is stopped for a write that is said to be over a turn later: it would be so for every message.
    return this.waiting < READ_SIZE;
  }

  end(): void {
    if (this.isDestroyed || this.#hasSaidEnd) return;
    this.#hasSaidEnd = true;
    if (this.waiting === 0) this.#socket.end();
  }

  pause(): void {
    if (!this.#isReading || this.isDestroyed) return;
    this.#isReading = false;
    this.#handle.readStop();
  }

  resume(): void {
    if (this.#isReading || this.hasEnded || this.isDestroyed) return;
    this.#isReading = true;
    this.#handle.readStart();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  keepAlive(seconds: number): void {
    this.#socket.setKeepAlive(true, seconds * 1_000);
  }

  onceGone<T>(callback: (about: T) => void, about: T): void {
    this.#socket.once('close', () => callback(about));
  }

  #write(bytes: Buffer): void {
    const about = { wire: this, length: bytes.length, oncomplete: written };
    const request = Object.assign(new this.#shared.native.WriteRequest(), about);
    const failure = this.#handle.writeBuffer(request, bytes);
    if (failure !== 0) this.#fail(failure);
  }

  onWritten(length: number, status: number): void {
    if (this.isDestroyed) return;
    if (status !== 0) return this.#fail(status);
    this.waiting -= length;
    this.taken += length;
    if (this.#gathered.length > 0) return this.#write(Buffer.concat(this.#gathered.splice(0)));
    if (this.#hasSaidEnd) this.#socket.end();
    this.events.drained(this);
  }

  onRead(): void {
    const { native, read } = this.#shared;
    const size = native.state[native.READING] ?? 0;
    if (this.isDestroyed || size === 0) return;
    if (size > 0) return this.events.bytes(this, read.first(size));
    if (size !== UV_EOF) return this.#fail(size);
    this.hasEnded = true;
    this.events.ended(this);
    if (this.#socket.writableFinished) this.destroy();
  }

  #fail(errno: number): void {
    this.#errno = errno;
    this.destroy();
  }

  #endSent(): void {
    if (this.hasEnded) this.destroy();
  }
}

// One function each for all wires.
function read(this: WireHandle): void {
  this.wire.onRead();
}

function written(this: WriteRequest, status: number): void {
  this.wire.onWritten(this.length, status);
}
