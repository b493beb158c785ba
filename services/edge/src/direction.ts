import { closeFrame, FrameScanner } from './frames.ts';
import type { Wire } from './wire.ts';

/** Where the bytes of a direction go: a wire, as far as a direction is concerned. */
export type Outlet = Pick<Wire, 'send' | 'end' | 'waiting'>;

/** One direction of a tunnel: passes bytes on as they are, and may end it with a Close of the edge's own between two frames. */
export class Direction {
  readonly scanner = new FrameScanner();
  readonly to: Outlet;
  /** For how long the reader has taken nothing although bytes wait. */
  stalledSeconds = 0;
  readonly #masked: boolean;
  #close: Buffer | undefined;
  #ended = false;

  /** @param masked whether frames in this direction are masked: toward the origin */
  constructor(to: Outlet, masked: boolean) {
    this.to = to;
    this.#masked = masked;
  }

  /** Passes bytes on. False when the reader does not keep up: stop its feeder until it has drained. */
  relay(chunk: Buffer): boolean {
    if (this.#ended) return true;
    if (this.#close === undefined) {
      this.scanner.scan(chunk);
      return this.to.send(chunk);
    }
    const keepsUp = this.to.send(chunk.subarray(0, this.scanner.scanToBoundary(chunk)));
    if (this.scanner.atBoundary) this.#sayClose(this.#close);
    return keepsUp;
  }

  /** Ends with a Close frame at the next frame boundary, now if it stands at one. */
  close(code: number, reason: string): void {
    if (this.#ended || this.#close !== undefined) return;
    this.#close = closeFrame(code, reason, this.#masked);
    if (this.scanner.atBoundary) this.#sayClose(this.#close);
  }

  /** Ends with a FIN after what was sent, in the middle of a frame if need be. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.to.end();
  }

  onSecond(): void {
    this.stalledSeconds = this.to.waiting > 0 ? this.stalledSeconds + 1 : 0;
  }

  #sayClose(frame: Buffer): void {
    if (this.scanner.closeCode === undefined) this.to.send(frame); // after a peer's own Close no frame may follow
    this.end();
  }
}
