import { randomBytes } from 'node:crypto';

const FIRST = 0; // FIN, RSV, opcode
const SECOND = 1; // MASK, length
const LENGTH = 2; // extended length
const MASK = 3;
const PAYLOAD = 4;
const LOST = 5;

const CLOSE = 8;

/** What a Close frame without a status code means (RFC 6455, section 7.1.5). */
export const NO_STATUS = 1005;

/**
 * Follows the frames of one direction (RFC 6455, section 5.2), however the bytes are cut: it reads the headers and jumps
 * over the payloads, so that it knows at each byte whether a frame of the edge's own may stand there. It keeps nothing.
 */
export class FrameScanner {
  /** Data messages that have passed whole; control frames are none. */
  messages = 0;
  /** The status of the Close frame that has passed; no frame may follow it. */
  closeCode: number | undefined;

  #state = FIRST;
  #first = 0;
  #masked = false;
  /** Header bytes still to come in this state. */
  #need = 0;
  /** Payload bytes still to come. */
  #left = 0;
  /** The first two bytes of the mask, then the status of a Close, as they come. */
  #mask = 0;
  #code = 0;
  #codeBytes = 0;

  /** Whether everything that passed so far ends with a whole frame. */
  get atBoundary(): boolean {
    return this.#state === FIRST;
  }

  /** Takes the bytes that pass. */
  scan(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) at = this.#step(chunk, at);
  }

  /** Takes bytes until a frame ends; the number of bytes up to there, or of all when none ends. */
  scanToBoundary(chunk: Uint8Array): number {
    let at = 0;
    while (at < chunk.length && !this.atBoundary) at = this.#step(chunk, at);
    return at;
  }

  /** One header byte, or as much of a payload as there is; returns where to go on. */
  #step(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    switch (this.#state) {
      case FIRST:
        this.#first = byte;
        this.#state = SECOND;
        return at + 1;
      case SECOND:
        this.#readSecond(byte);
        return at + 1;
      case LENGTH:
        this.#left = this.#left * 256 + byte;
        if (--this.#need === 0) this.#endLength();
        return at + 1;
      case MASK:
        if (--this.#need >= 2) this.#mask = (this.#mask << 8) | byte;
        if (this.#need === 0) this.#enterPayload();
        return at + 1;
      case PAYLOAD:
        return this.#codeBytes > 0 ? this.#readCode(byte, at) : this.#jump(chunk.length, at);
      default:
        return chunk.length;
    }
  }

  #readSecond(byte: number): void {
    const length = byte & 0x7f;
    this.#masked = byte >= 0x80;
    this.#need = length === 126 ? 2 : length === 127 ? 8 : 0;
    this.#left = this.#need === 0 ? length : 0;
    if (this.#need > 0) this.#state = LENGTH;
    else this.#endLength();
  }

  #endLength(): void {
    if (!Number.isSafeInteger(this.#left)) {
      this.#state = LOST; // No peer can end such a frame, and no boundary comes any more.
    } else if (this.#masked) {
      this.#state = MASK;
      this.#need = 4;
      this.#mask = 0;
    } else {
      this.#mask = 0;
      this.#enterPayload();
    }
  }

  #enterPayload(): void {
    this.#state = PAYLOAD;
    const isClose = (this.#first & 0x0f) === CLOSE;
    this.#codeBytes = isClose && this.#left >= 2 ? 2 : 0;
    this.#code = isClose && this.#codeBytes === 0 ? NO_STATUS : 0;
    if (this.#left === 0) this.#endFrame();
  }

  #readCode(byte: number, at: number): number {
    this.#code = (this.#code << 8) | byte;
    this.#left--;
    if (--this.#codeBytes === 0) this.#code ^= this.#mask;
    if (this.#left === 0) this.#endFrame();
    return at + 1;
  }

  #jump(end: number, at: number): number {
    const step = Math.min(this.#left, end - at);
    this.#left -= step;
    if (this.#left === 0) this.#endFrame();
    return at + step;
  }

  #endFrame(): void {
    this.#state = FIRST;
    const opcode = this.#first & 0x0f;
    if (opcode < CLOSE && this.#first >= 0x80) this.messages++;
    else if (opcode === CLOSE) this.closeCode ??= this.#code;
  }
}

/**
 * A whole Close frame.
 * @param code RFC 6455, section 7.4
 * @param reason ASCII, at most 123 bytes
 * @param masked toward an origin the edge is a client, and a client masks (section 5.1)
 */
export function closeFrame(code: number, reason: string, masked: boolean): Buffer {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code);
  payload.write(reason, 2, 'latin1');
  if (!masked) return Buffer.concat([Buffer.of(0x80 | CLOSE, payload.length), payload]);
  const mask = randomBytes(4);
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return Buffer.concat([Buffer.of(0x80 | CLOSE, 0x80 | payload.length), mask, payload]);
}
