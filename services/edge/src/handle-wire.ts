import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import type { NativeRequest, NativeTcp, TcpHandle } from './native-tcp.ts';
import { Views } from './views.ts';
import { READ_SIZE, type Wire, type WireEvents } from './wire.ts';

export const UV_EOF = -4095;
const UV_ENOTCONN = -107;
const NOTHING: unknown[] = [];

/** Natives that know whom they are about. */
type WireHandle = TcpHandle & { wire: HandleWire };
type EndRequest = NativeRequest & { wire: HandleWire };
type WriteRequest = NativeRequest & { wire: HandleWire; length: number; bytes: Buffer };

/**
 * What the wires of a process share: a read is consumed before the next one begins, so there is one buffer for all. What is sent is
 * copied once, because the kernel may not take it all; then the copy belongs to the request under way, and the next write gets another buffer.
 */
export class HandleWires {
  readonly native: NativeTcp;
  readonly read = new Views(Buffer.allocUnsafeSlow(READ_SIZE));
  write = new Views(Buffer.allocUnsafeSlow(READ_SIZE));
  /** For the next write; one that is through at once leaves it as it was. */
  writeRequest: NativeRequest;

  constructor(native: NativeTcp) {
    this.native = native;
    this.writeRequest = new native.WriteRequest();
  }

  /** The wire of an accepted connection of which nothing was read. */
  accept(handle: TcpHandle, remoteAddress: string, remotePort: number, events: WireEvents): Wire {
    const wire = new HandleWire(this, handle, remoteAddress, remotePort, events);
    wire.resume();
    return wire;
  }

  /** Begins to connect; `connected` is called when the peer has accepted, else the wire is closed with its error. */
  connect(address: string, port: number, events: WireEvents, connected: () => void): Wire {
    const handle = this.native.newHandle();
    const wire = new HandleWire(this, handle, address, port, events);
    handle.setNoDelay(true);
    const request = new this.native.ConnectRequest();
    request.oncomplete = (status) => {
      if (wire.isDestroyed) return;
      if (status < 0) wire.fail(status);
      else connected();
    };
    const failure = isIPv6(address) ? handle.connect6(request, address, port) : handle.connect(request, address, port);
    if (failure !== 0) wire.fail(failure);
    else wire.resume(); // before it is connected, so that the system is told once what to look for
    return wire;
  }
}

/** A wire on the connection itself, without a socket and its streams. */
class HandleWire implements Wire {
  events: WireEvents;
  readonly remoteAddress: string;
  readonly remotePort: number;
  taken = 0;
  waiting = 0;
  hasEnded = false;
  isDestroyed = false;
  readonly #shared: HandleWires;
  readonly #handle: TcpHandle;
  #errno = 0;
  #isReading = false;
  #hasSaidEnd = false;
  #isEndSent = false;
  /** Callbacks with their arguments, by turns: two for most wires, and no object for each. */
  #gone: unknown[] = NOTHING;

  constructor(shared: HandleWires, handle: TcpHandle, remoteAddress: string, remotePort: number, events: WireEvents) {
    this.events = events;
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
    this.#shared = shared;
    this.#handle = handle;
    Object.assign(handle, { wire: this });
    handle.onread = read;
    handle.useUserBuffer(shared.read.buffer);
  }

  get hasFailed(): boolean {
    return this.#errno !== 0;
  }

  get error(): NodeJS.ErrnoException | undefined {
    return this.#errno === 0 ? undefined : systemError(this.#errno, this);
  }

  send(chunk: Buffer): boolean {
    if (chunk.length === 0 || this.isDestroyed || this.#hasSaidEnd) return true;
    const shared = this.#shared;
    if (this.waiting > 0 || chunk.length > READ_SIZE) return this.#write(Buffer.from(chunk));
    shared.write.buffer.set(chunk);
    return this.#write(shared.write.first(chunk.length));
  }

  end(): void {
    if (this.isDestroyed || this.#hasSaidEnd) return;
    this.#hasSaidEnd = true;
    const about = { wire: this, oncomplete: endSent };
    const request = Object.assign(new this.#shared.native.ShutdownRequest(), about);
    const failure = this.#handle.shutdown(request);
    if (failure !== 0) this.onEndSent(failure);
  }

  pause(): void {
    if (!this.#isReading || this.isDestroyed) return;
    this.#isReading = false;
    this.#handle.readStop();
  }

  resume(): void {
    if (this.#isReading || this.hasEnded || this.isDestroyed) return;
    this.#isReading = true;
    const failure = this.#handle.readStart();
    if (failure !== 0) this.fail(failure);
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.#handle.close(closed);
  }

  /** Destroys for an error of the system. */
  fail(errno: number): void {
    if (this.#errno === 0) this.#errno = errno;
    this.destroy();
  }

  keepAlive(seconds: number): void {
    if (!this.isDestroyed) this.#handle.setKeepAlive(true, seconds);
  }

  onceGone<T>(callback: (about: T) => void, about: T): void {
    this.#gone = [...this.#gone, callback, about];
  }

  #write(bytes: Buffer): boolean {
    const shared = this.#shared;
    const { native, writeRequest } = shared;
    const failure = this.#handle.writeBuffer(writeRequest, bytes);
    if (failure !== 0) {
      this.fail(failure);
      return true;
    }
    if (native.state[native.IS_WAITING] === 0) {
      this.taken += bytes.length;
      return true;
    }
    this.waiting += bytes.length;
    // The bytes are named so that they are not collected meanwhile.
    Object.assign(writeRequest, { wire: this, bytes, length: bytes.length, oncomplete: written });
    shared.writeRequest = new native.WriteRequest();
    if (bytes.buffer === shared.write.buffer.buffer) shared.write = new Views(Buffer.allocUnsafeSlow(READ_SIZE));
    return false;
  }

  onWritten(length: number, status: number): void {
    if (this.isDestroyed) return;
    if (status !== 0) return this.fail(status);
    this.waiting -= length;
    this.taken += length;
    if (this.waiting === 0) this.events.drained(this);
  }

  onRead(): void {
    const { native, read } = this.#shared;
    const size = native.state[native.READING] ?? 0;
    if (this.isDestroyed || size === 0) return;
    if (size > 0) return this.events.bytes(this, read.first(size));
    if (size !== UV_EOF) return this.fail(size);
    this.hasEnded = true;
    this.events.ended(this);
    if (this.#isEndSent) this.destroy();
  }

  onEndSent(status: number): void {
    if (this.isDestroyed) return;
    if (status < 0 && status !== UV_ENOTCONN) return this.fail(status);
    this.#isEndSent = true;
    if (this.hasEnded) this.destroy();
  }

  onClosed(): void {
    this.events.closed(this);
    for (let at = 0; at < this.#gone.length; at += 2)
      Reflect.apply(this.#gone[at] as () => void, undefined, [this.#gone[at + 1]]);
  }
}

// One function each for all wires: a closure per wire would be a good part of its memory.
function read(this: WireHandle): void {
  this.wire.onRead();
}

function written(this: WriteRequest, status: number): void {
  this.wire.onWritten(this.length, status);
}

function endSent(this: EndRequest, status: number): void {
  this.wire.onEndSent(status);
}

function closed(this: WireHandle): void {
  this.wire.onClosed();
}

/** The error of a wire. @param errno as native methods give it, negative */
export function systemError(errno: number, { remoteAddress, remotePort }: Wire): NodeJS.ErrnoException {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`${code} ${remoteAddress}:${remotePort}`), { code, errno });
}
