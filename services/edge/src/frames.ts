import {
  faultOfFirst,
  faultOfLength,
  faultOfSecond,
  FRAME_TOO_LARGE,
  MESSAGE_TOO_LARGE,
  type Fault,
  type FrameRules,
} from './frame-rules.ts';

const FIRST = 0; // FIN, RSV, opcode
const SECOND = 1; // MASK, length
const LENGTH = 2; // extended length
const MASK = 3;
const PAYLOAD = 4;
const LOST = 5;

const CLOSE = 8;
const PING = 9;

/** What a Close frame without a status code means (RFC 6455, section 7.1.5). */
export const NO_STATUS = 1005;

/**
 * Follows the frames of one direction (RFC 6455, section 5.2), however the bytes are cut: it reads the headers and jumps
 * over the payloads, so that it knows at each byte whether a frame of the edge's own may stand there. It keeps nothing.
 * A frame against the rules is found at its header; from there on nothing passes.
 */
export class FrameScanner {
  readonly #rules: FrameRules;
  /** Whether all frames pass, whatever they are. */
  readonly #isFree: boolean;
  /** Data messages that have passed whole; control frames are none. */
  messages = 0;
  /** The status of the Close frame that has passed; no frame may follow it. */
  closeCode: number | undefined;
  /** Pings that have passed whole. */
  pings = 0;
  /** Why no more may pass. */
  fault: Fault | undefined;

  #state = FIRST;
  #first = 0;
  #second = 0;
  /** Header bytes still to come in this state. */
  #need = 0;
  /** Payload bytes still to come. */
  #left = 0;
  /** The first two bytes of the mask, then the status of a Close, as they come. */
  #mask = 0;
  #code = 0;
  #codeBytes = 0;
  /** Whether a message has begun and not ended, and its bytes so far. */
  #inMessage = false;
  #messageBytes = 0;

  constructor(rules: FrameRules) {
    this.#rules = rules;
    this.#isFree = !rules.strict && rules.maxFrame === Infinity && rules.maxMessage === Infinity;
  }

  /** Whether everything that passed so far ends with a whole frame. */
  get atBoundary(): boolean {
    return this.#state === FIRST;
  }

  /** Takes bytes; how many of them may pass: all, or those before the frame with the fault. */
  scan(chunk: Uint8Array): number {
    let at = this.#isFree ? this.#passWhole(chunk) : 0;
    while (at < chunk.length && this.fault === undefined) at = this.passFrame(chunk, at);
    return at;
  }

  /**
   * Takes the data frames that lie whole at the beginning of the bytes, at a fraction of what the steps below need: most frames
   * come so. Where the first one begins elsewhere, or no rule may be passed over, it takes none.
   */
  #passWhole(chunk: Uint8Array): number {
    let at = 0;
    while (this.#state === FIRST && at + 4 <= chunk.length) {
      const first = chunk[at] ?? 0;
      const second = chunk[at + 1] ?? 0;
      const short = second & 0x7f;
      if ((first & 0x0f) >= CLOSE || short === 127) break;
      const length = short < 126 ? short : ((chunk[at + 2] ?? 0) << 8) | (chunk[at + 3] ?? 0);
      const end = at + (short < 126 ? 2 : 4) + (second < 0x80 ? 0 : 4) + length;
      if (end > chunk.length) break;
      if (first >= 0x80) this.messages++;
      at = end;
    }
    return at;
  }

  /** Takes bytes until a frame ends; where it has, or the bytes have, or `from` when there is a fault. */
  passFrame(chunk: Uint8Array, from: number): number {
    if (this.fault !== undefined) return from;
    const beganHere = this.atBoundary;
    let at = from;
    do at = this.#step(chunk, at);
    while (at < chunk.length && this.#state !== FIRST && this.fault === undefined);
    if (this.fault === undefined) return at;
    this.#state = beganHere ? FIRST : LOST; // what has passed of the frame before cannot be taken back
    return from;
  }

  /** One header byte, or as much of a payload as there is; returns where to go on. */
  #step(chunk: Uint8Array, at: number): number {
    const byte = chunk[at] ?? 0;
    switch (this.#state) {
      case FIRST:
        this.#first = byte;
        this.#state = SECOND;
        if (this.#rules.strict) this.fault = faultOfFirst(byte, this.#inMessage, this.#rules);
        return at + 1;
      case SECOND:
        this.#readSecond(byte);
        return at + 1;
      case LENGTH:
        this.#left = this.#left * 256 + byte;
        if (--this.#need === 0) this.#endExtendedLength();
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
    this.#second = byte;
    if (this.#rules.strict) this.fault = faultOfSecond(this.#first, byte, this.#rules);
    if (this.fault !== undefined) return;
    const length = byte & 0x7f;
    this.#need = length === 126 ? 2 : length === 127 ? 8 : 0;
    this.#left = this.#need === 0 ? length : 0;
    if (this.#need > 0) this.#state = LENGTH;
    else this.#endLength();
  }

  #endExtendedLength(): void {
    const bytes = (this.#second & 0x7f) === 126 ? 2 : 8;
    if (this.#rules.strict) this.fault = faultOfLength(this.#left, bytes);
    if (this.fault === undefined) this.#endLength();
  }

  #endLength(): void {
    this.#measure();
    if (this.fault !== undefined) return;
    if (!Number.isSafeInteger(this.#left)) {
      this.#state = LOST; // No peer can end such a frame, and no boundary comes any more.
    } else if (this.#second >= 0x80 && (this.#first & 0x0f) === CLOSE) {
      this.#state = MASK;
      this.#need = 4;
      this.#mask = 0;
    } else {
      this.#mask = 0;
      if (this.#second >= 0x80) this.#left += 4; // a mask that nobody needs is jumped over, too
      this.#enterPayload();
    }
  }

  #measure(): void {
    const opcode = this.#first & 0x0f;
    if (this.#left > this.#rules.maxFrame) this.fault = FRAME_TOO_LARGE;
    if (opcode >= CLOSE) return;
    const isLast = this.#first >= 0x80;
    if (opcode !== 0) this.#messageBytes = 0;
    this.#messageBytes += isLast ? this.#left : Math.max(this.#left, 1); // so that a message of empty fragments ends, too
    this.#inMessage = !isLast;
    if (this.#messageBytes > this.#rules.maxMessage) this.fault ??= MESSAGE_TOO_LARGE;
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
    else if (opcode === PING) this.pings++;
  }
}
