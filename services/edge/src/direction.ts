import { FrameScanner } from './frames.ts';
import type { FrameRules } from './frame-rules.ts';
import { closeFrame } from './own-frames.ts';
import type { Pings } from './pings.ts';
import type { Wire } from './wire.ts';

/** Where the bytes of a direction go: a wire, as far as a direction is concerned. */
export type Outlet = Pick<Wire, 'send' | 'end' | 'waiting'>;

const NOTHING = Buffer.alloc(0);

/** One direction of a tunnel: passes bytes on as they are, with frames of the edge's own between two frames, and without the answers to them. */
export class Direction {
  readonly scanner: FrameScanner;
  readonly to: Outlet;
  /** For how long the reader has taken nothing although bytes wait. */
  stalledSeconds = 0;
  /** Whether its feeder is not read until its domain's bytes per second let it. */
  isHeld = false;
  /** Bytes passed on. */
  passed = 0;
  /** The second in which that was last so. */
  lastActive = 0;
  /** Whether its FIN, if nothing more, was said. */
  hasEnded = false;
  /** Whose answers come in this direction and do not pass. */
  answersTo: Pings | undefined;
  readonly #masked: boolean;
  /** Both wait for the end of the frame under way. */
  #close: Buffer | undefined;
  #ping: Pings | undefined;
  /** The beginning of what may be such an answer. */
  #held = NOTHING;

  constructor(to: Outlet, rules: FrameRules) {
    this.to = to;
    this.scanner = new FrameScanner(rules);
    this.#masked = rules.masked;
  }

  /** Passes bytes on. False when the reader does not keep up: stop its feeder until it has drained. */
  relay(chunk: Buffer): boolean {
    if (this.hasEnded) return true;
    if (this.#isWanted || this.answersTo !== undefined) return this.#relayByFrame(chunk);
    return this.#pass(chunk, 0, this.scanner.scan(chunk));
  }

  /** Ends with a Close frame at the next frame boundary, now if it stands at one. */
  close(code: number, reason: string): void {
    if (this.hasEnded || this.#close !== undefined) return;
    this.#close = closeFrame(code, reason, this.#masked);
    if (this.scanner.atBoundary) this.#sayOwn();
  }

  /** Sends a ping at the next frame boundary, now if it stands at one; none after a Close. */
  ping(pings: Pings): void {
    if (this.hasEnded || this.#close !== undefined || this.scanner.closeCode !== undefined) return;
    this.#ping = pings;
    if (this.scanner.atBoundary) this.#sayOwn();
  }

  /** Ends with a FIN after what was sent, in the middle of a frame if need be. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    if (this.#held.length > 0) this.#pass(this.#held, 0, this.#held.length);
    this.to.end();
  }

  onSecond(): void {
    this.stalledSeconds = this.to.waiting > 0 ? this.stalledSeconds + 1 : 0;
  }

  get #isWanted(): boolean {
    return this.#close !== undefined || this.#ping !== undefined;
  }

  #relayByFrame(chunk: Buffer): boolean {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = NOTHING;
    let from = 0; // what is before has passed
    let at = 0; // what is before has been read
    while (at < bytes.length && !this.hasEnded && this.scanner.fault === undefined) {
      const answer = this.scanner.atBoundary ? (this.answersTo?.answerAt(bytes, at) ?? 0) : 0;
      if (this.scanner.atBoundary && (answer !== 0 || this.#isWanted)) {
        this.#pass(bytes, from, at);
        this.#sayOwn();
        at += Math.max(answer, 0);
        from = at;
      }
      if (answer < 0) {
        this.#held = Buffer.from(bytes.subarray(at));
        break;
      }
      if (answer === 0 && !this.hasEnded) at = this.scanner.passFrame(bytes, at);
    }
    if (!this.hasEnded) this.#pass(bytes, from, at);
    if (this.scanner.atBoundary) this.#sayOwn();
    return this.to.waiting === 0;
  }

  #pass(bytes: Buffer, from: number, to: number): boolean {
    this.passed += to - from;
    return this.to.send(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
  }

  #sayOwn(): void {
    if (this.hasEnded) return;
    if (this.#close !== undefined) {
      if (this.scanner.closeCode === undefined) this.to.send(this.#close); // after a peer's own Close no frame may follow
      this.#held = NOTHING;
      this.end();
    } else if (this.#ping !== undefined && this.scanner.closeCode === undefined) {
      this.to.send(this.#ping.nextFrame(this.#masked));
      this.#ping = undefined;
    }
  }
}
