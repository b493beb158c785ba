import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cut, encode } from '../test/frame.ts';
import { Direction } from './direction.ts';
import { closeFrame } from './own-frames.ts';
import { Pings } from './pings.ts';

const rules = {
  strict: false,
  masked: false,
  extension: 'none',
  maxFrame: Number.POSITIVE_INFINITY,
  maxMessage: Number.POSITIVE_INFINITY,
} as const;

function outlet() {
  const chunks: Buffer[] = [];
  return {
    waiting: 0,
    hasEnded: false,
    send(chunk: Buffer) {
      expect(this.hasEnded).toBe(false);
      return chunks.push(Buffer.from(chunk)) > 0;
    },
    end() {
      this.hasEnded = true;
    },
    read: () => Buffer.concat(chunks),
  };
}

/** Pings whose frames one knows afterwards. */
class KnownPings extends Pings {
  readonly frames: Buffer[] = [];

  override nextFrame(masked: boolean): Buffer {
    const frame = super.nextFrame(masked);
    this.frames.push(Buffer.from(frame));
    return frame;
  }
}

/** Where frames end in these bytes, and after which of those ends a Close has passed: as simple as RFC 6455, section 5.2, lets it be. */
function read(bytes: Buffer): { ends: Set<number>; closedAt: number } {
  const ends = new Set([0]);
  let closedAt = Number.POSITIVE_INFINITY;
  for (let at = 0; at + 2 <= bytes.length;) {
    const [first = 0, second = 0] = [bytes[at], bytes[at + 1]];
    const short = second & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (at + 2 + extra > bytes.length) break;
    const length =
      extra === 0 ? short : extra === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    if (!Number.isSafeInteger(length)) break;
    at += 2 + extra + (second >= 0x80 ? 4 : 0) + length;
    if (at > bytes.length) break;
    ends.add(at);
    if ((first & 0x0f) === 8) closedAt = Math.min(closedAt, at);
  }
  return { ends, closedAt };
}

type Moment = 'nothing' | 'ping' | 'close';

/** What a peer must see: the bytes that came, with the edge's own frames at the first end of a frame after each was wanted. */
function expected(pieces: readonly Buffer[], moments: readonly Moment[], pings: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(pieces);
  const { ends, closedAt } = read(bytes);
  const seen: Buffer[] = [];
  const is = { pingWanted: false, closeWanted: false, over: false };
  let said = 0;
  const say = (at: number) => {
    if (!ends.has(at) || is.over) return;
    if (is.closeWanted) {
      if (at < closedAt) seen.push(closeFrame(1012, 'service restart', false));
      is.over = true;
    } else if (is.pingWanted && at < closedAt) {
      seen.push(pings[said++] ?? Buffer.from('a ping that was not sent'));
      is.pingWanted = false;
    }
  };
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    if (moments[index] === 'ping' && !is.closeWanted && at < closedAt) is.pingWanted = true;
    if (moments[index] === 'close') is.closeWanted = true;
    say(at);
    for (const end = at + piece.length; at < end && !is.over;) {
      seen.push(bytes.subarray(at, at + 1));
      say(++at);
    }
  }
  return Buffer.concat(seen);
}

const frames = fc
  .array(
    fc.record({
      opcode: fc.nat(15),
      fin: fc.boolean(),
      masked: fc.boolean(),
      payload: fc.oneof(fc.nat(20), fc.constantFrom(125, 126, 127, 300)).map((size) => Buffer.alloc(size, 0x88)),
    }),
    { maxLength: 6 },
  )
  .map((all) => Buffer.concat(all.map(encode)));
const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const bytesOfAPeer = fc.oneof(
  frames,
  noise,
  fc.tuple(frames, noise).map((both) => Buffer.concat(both)),
);
const places = fc.array(fc.nat(), { maxLength: 20 });
const moments = fc.array(fc.constantFrom<Moment>('nothing', 'nothing', 'ping', 'close'), { maxLength: 21 });

test('any bytes, in any pieces, with pings and a drain at any moments: own frames stand between frames, and nothing else changes', () => {
  fc.assert(
    fc.property(bytesOfAPeer, places, moments, (bytes, cuts, when) => {
      const peer = outlet();
      const direction = new Direction(peer, rules);
      const pings = new KnownPings(direction, new Direction(outlet(), rules), () => {});
      const pieces = cut(bytes, cuts);
      for (const [index, piece] of pieces.entries()) {
        if (when[index] === 'ping') direction.ping(pings);
        if (when[index] === 'close') direction.close(1012, 'service restart');
        direction.relay(piece);
      }
      expect(peer.read()).toEqual(expected(pieces, when, pings.frames));
    }),
    { numRuns: 1_000 },
  );
});
