import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Direction } from './direction.ts';
import { closeFrame } from './own-frames.ts';

const ANYTHING = {
  strict: false,
  masked: false,
  extension: 'none',
  maxFrame: Number.POSITIVE_INFINITY,
  maxMessage: Number.POSITIVE_INFINITY,
} as const;

/** The far end of a direction: what a peer would read. */
function reader() {
  const chunks: Buffer[] = [];
  const far = {
    waiting: 0,
    hasEnded: false,
    send(chunk: Buffer) {
      expect(far.hasEnded).toBe(false);
      chunks.push(Buffer.from(chunk));
      return true;
    },
    end() {
      far.hasEnded = true;
    },
    read: () => Buffer.concat(chunks),
  };
  return far;
}

const frame = fc
  .record({ opcode: fc.constantFrom(0, 1, 2, 9, 10), fin: fc.boolean(), length: fc.oneof(fc.nat(5), fc.nat(400)) })
  .map(({ opcode, fin, length }) => {
    const size = length < 126 ? [length] : [126, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.of((fin ? 0x80 : 0) | opcode, ...size), Buffer.alloc(length, 0x88)]);
  });

/** Relays bytes in pieces of the given sizes, again and again. */
function relayInPieces(direction: Direction, bytes: Buffer, sizes: number[]): void {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    direction.relay(bytes.subarray(at, at + size));
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 10 });

test('at whichever byte a close comes, the peer reads whole frames, then the whole Close, then the end', () => {
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 6 }), fc.nat(), sizes, (frames, place, pieces) => {
      const stream = Buffer.concat(frames);
      const at = place % (stream.length + 1);
      const boundaries = frames.map((_, index) => Buffer.concat(frames.slice(0, index)).length).concat(stream.length);
      const boundary = boundaries.find((each) => each >= at);
      const far = reader();
      const direction = new Direction(far, ANYTHING);
      relayInPieces(direction, stream.subarray(0, at), pieces);
      direction.close(1001, 'over');
      relayInPieces(direction, stream.subarray(at), pieces);
      expect(far.read()).toEqual(Buffer.concat([stream.subarray(0, boundary), closeFrame(1001, 'over', false)]));
      expect(far.hasEnded).toBe(true);
    }),
  );
});

test('where the frame does not end in time, the peer reads what came of it, and the end', () => {
  fc.assert(
    fc.property(frame, fc.nat(), sizes, (bytes, place, pieces) => {
      const at = 1 + (place % (bytes.length - 1));
      const far = reader();
      const direction = new Direction(far, ANYTHING);
      relayInPieces(direction, bytes.subarray(0, at), pieces);
      direction.close(1001, 'over');
      expect(far.hasEnded).toBe(false);
      direction.end();
      direction.relay(bytes.subarray(at));
      expect(far.read()).toEqual(bytes.subarray(0, at));
      expect(far.hasEnded).toBe(true);
    }),
  );
});

test('after a Close of the peer no other follows, and closing twice says one', () => {
  const own = closeFrame(4000, 'own', false);
  const far = reader();
  const direction = new Direction(far, ANYTHING);
  direction.relay(own);
  direction.close(1001, 'over');
  direction.close(1012, 'again');
  expect(far.read()).toEqual(own);

  const other = reader();
  const idle = new Direction(other, ANYTHING);
  idle.close(1001, 'over');
  idle.close(1012, 'again');
  expect(other.read()).toEqual(closeFrame(1001, 'over', false));
});
