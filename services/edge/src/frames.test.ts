import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, encode } from '../test/frame.ts';
import { FrameScanner, NO_STATUS } from './frames.ts';
import { closeFrame } from './own-frames.ts';

const ANYTHING = {
  strict: false,
  masked: false,
  extension: 'none',
  maxFrame: Number.POSITIVE_INFINITY,
  maxMessage: Number.POSITIVE_INFINITY,
} as const;

/** Payloads count upwards so that a scanner that reads one as a header is lost. */
const payload = fc
  .oneof(fc.constantFrom(0, 1, 2, 125, 126, 127, 65_535, 65_536, 70_000), fc.nat(300))
  .map((length) => Buffer.from(Array.from({ length }, (_, at) => at & 0xff)));

const frame = fc.record({ opcode: fc.constantFrom(0, 1, 2, 9, 10), fin: fc.boolean(), masked: fc.boolean(), payload });

describe('the scanner knows the frames, however the bytes are cut', () => {
  test('it is at a boundary exactly where a frame ends, and counts whole data messages', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, places) => {
        const encoded = frames.map(encode);
        const ends = new Set(encoded.map((_, index) => Buffer.concat(encoded.slice(0, index + 1)).length).concat(0));
        const scanner = new FrameScanner(ANYTHING);
        let passed = 0;
        for (const piece of cut(Buffer.concat(encoded), places)) {
          scanner.scan(piece);
          passed += piece.length;
          expect(scanner.atBoundary).toBe(ends.has(passed));
        }
        expect(scanner.messages).toBe(frames.filter(({ opcode, fin }) => fin && opcode < 8).length);
      }),
    );
  });

  test('any bytes at all give the same state, in whatever pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(), { maxLength: 20 }), (bytes, places) => {
        const whole = new FrameScanner(ANYTHING);
        whole.scan(bytes);
        const cutUp = new FrameScanner(ANYTHING);
        for (const piece of cut(Buffer.from(bytes), places)) cutUp.scan(piece);
        const stateOf = ({ messages, atBoundary, closeCode }: FrameScanner) => ({ messages, atBoundary, closeCode });
        expect(stateOf(cutUp)).toEqual(stateOf(whole));
      }),
    );
  });

  test('it stops exactly at the end of the frame under way', () => {
    fc.assert(
      fc.property(frame, frame, fc.nat(), (first, second, place) => {
        const encoded = encode(first);
        const at = 1 + (place % (encoded.length - 1 || 1));
        const scanner = new FrameScanner(ANYTHING);
        scanner.scan(encoded.subarray(0, at));
        const rest = Buffer.concat([encoded.subarray(at), encode(second)]);
        expect(scanner.passFrame(rest, 0)).toBe(encoded.length - at);
        expect(scanner.atBoundary).toBe(true);
      }),
    );
  });
});

test('the status of a Close is read through its mask, at any segmentation', () => {
  for (const masked of [false, true]) {
    const bytes = closeFrame(4321, 'bye', masked);
    for (let at = 0; at <= bytes.length; at++) {
      const scanner = new FrameScanner(ANYTHING);
      scanner.scan(bytes.subarray(0, at));
      expect(scanner.closeCode).toBe(at < bytes.length ? undefined : 4321);
      scanner.scan(bytes.subarray(at));
      expect(scanner.closeCode).toBe(4321);
    }
  }
});

test('a Close without a status counts as one, with the status that stands for none', () => {
  const scanner = new FrameScanner(ANYTHING);
  scanner.scan(Buffer.of(0x88, 0x80, 1, 2, 3, 4));
  expect(scanner.closeCode).toBe(NO_STATUS);
});

test.each([
  ['2^53', Buffer.of(0x82, 127, 0, 0x20, 0, 0, 0, 0, 0, 0)],
  ['2^63', Buffer.of(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0)],
])('after a length of %s no boundary ever comes, and nothing breaks', (_, head) => {
  const scanner = new FrameScanner(ANYTHING);
  scanner.scan(head);
  scanner.scan(encode({ payload: Buffer.alloc(5) }));
  expect(scanner.atBoundary).toBe(false);
  expect(scanner.passFrame(Buffer.alloc(100), 0)).toBe(100);
});
