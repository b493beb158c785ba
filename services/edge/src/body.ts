import type { BodyLength } from './answer.ts';

/** Follows a response's body to find its end (RFC 9112, sections 6.3 and 7.1); the bytes themselves pass as they are. */
export class BodyScanner {
  /** Whether the whole body has passed. A body until close never is: the end of TCP ends it. */
  isComplete = false;
  readonly #length: BodyLength;
  #left = 0;
  /** What the next byte of a chunked body belongs to. */
  #state: 'size' | 'extension' | 'data' | 'data-end' | 'trailer' = 'size';
  #lineLength = 0;

  constructor(length: BodyLength) {
    this.#length = length;
    if (length.kind === 'sized') this.#left = length.bytes;
    this.isComplete = length.kind === 'sized' && length.bytes === 0;
  }

  /** How many of these bytes belong to the body. */
  scan(chunk: Buffer): number {
    switch (this.#length.kind) {
      case 'until-close':
        return chunk.length;
      case 'sized':
        return this.#pass(chunk.length);
      case 'chunked':
        return this.#passChunked(chunk);
      default:
        return this.#length satisfies never;
    }
  }

  #pass(available: number): number {
    const taken = Math.min(this.#left, available);
    this.#left -= taken;
    if (this.#left === 0) this.isComplete = true;
    return taken;
  }

  #passChunked(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && !this.isComplete) at = this.#step(chunk, at);
    return at;
  }

  #step(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    switch (this.#state) {
      case 'size':
      case 'extension':
        this.#readSize(byte);
        return at + 1;
      case 'data': {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        if (this.#left === 0) this.#state = 'data-end';
        return at + step;
      }
      case 'data-end':
        if (byte === LF) this.#state = 'size';
        return at + 1;
      case 'trailer':
        if (byte === LF && this.#lineLength === 0) this.isComplete = true;
        if (byte === LF) this.#lineLength = 0;
        else if (byte !== CR) this.#lineLength++;
        return at + 1;
      default:
        return this.#state satisfies never;
    }
  }

  #readSize(byte: number): void {
    if (byte === LF) {
      this.#state = this.#left === 0 ? 'trailer' : 'data';
      return;
    }
    const digit = this.#state === 'size' ? Number.parseInt(String.fromCharCode(byte), 16) : Number.NaN;
    if (Number.isNaN(digit)) this.#state = 'extension';
    else this.#left = this.#left * 16 + digit;
  }
}

const LF = 0x0a;
const CR = 0x0d;
