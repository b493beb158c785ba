import { randomBytes } from 'node:crypto';
import type { Direction } from './direction.ts';
import { pingFrame } from './own-frames.ts';

/** What the payloads begin with, for whoever reads a capture; four random bytes and a number follow. */
const MARK = Buffer.from('longwire');
const TAG = MARK.length + 4;
const LENGTH = TAG + 4;
/** The first byte of a pong. */
const PONG = 0x8a;

/** The edge's own pings on one leg of a tunnel: how long the peer takes to answer, and whether it is there at all. */
export class Pings {
  /** Round trips in milliseconds. */
  last: number | undefined;
  least: number | undefined;
  /** For how long the peer has owed an answer and sent nothing at all, although nothing was in its way. */
  silentSeconds = 0;

  readonly #out: Direction;
  readonly #back: Direction;
  readonly #onRoundTrip: (milliseconds: number) => void;
  readonly #payload = Buffer.concat([MARK, randomBytes(4), Buffer.alloc(4)]);
  #sentAt: number | undefined;
  #due = 0;
  #heard = 0;
  #otherPings = 0;
  #isPostponed = false;

  /** @param out leads to the peer, `back` away from it */
  constructor(out: Direction, back: Direction, onRoundTrip: (milliseconds: number) => void) {
    this.#out = out;
    this.#back = back;
    this.#onRoundTrip = onRoundTrip;
    back.answersTo = this;
  }

  /** Called once a second: sends a ping when one is due. */
  onSecond(now: number, interval: number): void {
    const isSilent = this.#sentAt !== undefined && this.#back.passed === this.#heard;
    // While bytes wait on either side the answer may be behind them: then the limit for stalled readers holds.
    const isPlain = this.#back.to.waiting + this.#out.to.waiting === 0;
    this.silentSeconds = isSilent && isPlain ? this.silentSeconds + 1 : 0;
    this.#heard = this.#back.passed;
    this.#due = Math.min(this.#due, now + interval);
    if (now < this.#due || this.silentSeconds > 0 || !this.#isFree()) return;
    this.#due = now + interval;
    this.#out.ping(this);
  }

  /** The frame that goes out now. */
  nextFrame(masked: boolean): Buffer {
    this.#payload.writeUInt32BE(this.#payload.readUInt32BE(TAG) + 1, TAG);
    this.#sentAt = performance.now();
    return pingFrame(this.#payload, masked);
  }

  /** The length of the frame that begins there if it is an answer to one of these; 0 if it is not; below 0 if more bytes must tell. */
  answerAt(bytes: Buffer, at: number): number {
    if (bytes[at] !== PONG) return 0;
    const second = bytes[at + 1];
    if (second === undefined) return -1;
    if ((second & 0x7f) !== LENGTH) return 0;
    const head = second >= 0x80 ? 6 : 2;
    const payload = bytes.subarray(at + head, at + head + LENGTH);
    if (payload.length < LENGTH) return -1;
    const plain = head === 2 ? payload : payload.map((byte, index) => byte ^ (bytes[at + 2 + (index % 4)] ?? 0));
    if (this.#payload.compare(plain, 0, TAG, 0, TAG) !== 0) return 0;
    if (this.#payload.equals(plain)) this.#answered();
    return head + LENGTH;
  }

  #answered(): void {
    if (this.#sentAt === undefined) return;
    this.last = performance.now() - this.#sentAt;
    this.least = Math.min(this.least ?? this.last, this.last);
    this.#sentAt = undefined;
    this.#onRoundTrip(this.last);
  }

  /**
   * Whether a ping now measures the way and nothing else. A peer may answer the latest of several pings only (RFC 6455,
   * section 5.5.3): after a ping of the other peer's it gets a second to answer that one.
   */
  #isFree(): boolean {
    if (this.#out.to.waiting > 0 || this.#back.scanner.closeCode !== undefined) return false;
    const { pings } = this.#out.scanner;
    this.#isPostponed = !this.#isPostponed && pings !== this.#otherPings;
    this.#otherPings = pings;
    return !this.#isPostponed;
  }
}
