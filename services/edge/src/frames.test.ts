import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { closeFrame, FrameScanner, NO_STATUS } from './frames.ts';

interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly masked: boolean;
  readonly length: number;
}

/** RFC 6455, section 5.2, written out; the payload counts upwards so that a scanner that reads it as a header is lost. */
function encode({ opcode, fin, masked, length }: Frame): Buffer {
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 0xff]
        : [127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff];
  const [first = 0, ...more] = size;
  const head = Buffer.of(
    (fin ? 0x80 : 0) | opcode,
    (masked ? 0x80 : 0) | first,
    ...more,
    ...(masked ? [1, 2, 3, 4] : []),
  );
  return Buffer.concat([head, Buffer.from(Array.from({ length }, (_, at) => at & 0xff))]);
}

const frame: fc.Arbitrary<Frame> = fc.record({
  opcode: fc.constantFrom(0, 1, 2, 9, 10),
  fin: fc.boolean(),
  masked: fc.boolean(),
  length: fc.oneof(fc.constantFrom(0, 1, 2, 125, 126, 127, 65_535, 65_536, 70_000), fc.nat(300)),
});

/** Cuts bytes into pieces at the given places. */
function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('the scanner knows the frames, however the bytes are cut', () => {
  test('it is at a boundary exactly where a frame ends, and counts whole data messages', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (frames, places) => {
        const encoded = frames.map(encode);
        const ends = new Set(encoded.map((_, index) => Buffer.concat(encoded.slice(0, index + 1)).length).concat(0));
        const scanner = new FrameScanner();
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
        const whole = new FrameScanner();
        whole.scan(bytes);
        const cutUp = new FrameScanner();
        for (const piece of cut(Buffer.from(bytes), places)) cutUp.scan(piece);
        const stateOf = ({ messages, atBoundary, closeCode }: FrameScanner) => ({ messages, atBoundary, closeCode });
        expect(stateOf(cutUp)).toEqual(stateOf(whole));
      }),
    );
  });

  test('asked for the next boundary, it stops exactly at the end of the frame under way', () => {
    fc.assert(
      fc.property(frame, frame, fc.nat(), (first, second, place) => {
        const encoded = encode(first);
        const at = 1 + (place % (encoded.length - 1 || 1));
        const scanner = new FrameScanner();
        scanner.scan(encoded.subarray(0, at));
        const rest = Buffer.concat([encoded.subarray(at), encode(second)]);
        expect(scanner.scanToBoundary(rest)).toBe(encoded.length - at);
        expect(scanner.atBoundary).toBe(true);
      }),
    );
  });
});

test('the status of a Close is read through its mask, at any segmentation', () => {
  for (const masked of [false, true]) {
    const bytes = closeFrame(4321, 'bye', masked);
    for (let at = 0; at <= bytes.length; at++) {
      const scanner = new FrameScanner();
      scanner.scan(bytes.subarray(0, at));
      expect(scanner.closeCode).toBe(at < bytes.length ? undefined : 4321);
      scanner.scan(bytes.subarray(at));
      expect(scanner.closeCode).toBe(4321);
    }
  }
});

test('a Close without a status counts as one, with the status that stands for none', () => {
  const scanner = new FrameScanner();
  scanner.scan(Buffer.of(0x88, 0x80, 1, 2, 3, 4));
  expect(scanner.closeCode).toBe(NO_STATUS);
});

test.each([
  ['2^53', Buffer.of(0x82, 127, 0, 0x20, 0, 0, 0, 0, 0, 0)],
  ['2^63', Buffer.of(0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0)],
])('after a length of %s no boundary ever comes, and nothing breaks', (_, head) => {
  const scanner = new FrameScanner();
  scanner.scan(head);
  scanner.scan(encode({ opcode: 1, fin: true, masked: false, length: 5 }));
  expect(scanner.atBoundary).toBe(false);
  expect(scanner.scanToBoundary(Buffer.alloc(100))).toBe(100);
});

test('the Close that the edge makes is one whole final frame with its code and reason, masked toward the origin', () => {
  const plain = closeFrame(1012, 'service restart', false);
  expect(plain).toEqual(Buffer.concat([Buffer.of(0x88, 17, 0x03, 0xf4), Buffer.from('service restart')]));
  const masked = closeFrame(1012, 'service restart', true);
  const mask = masked.subarray(2, 6);
  expect(masked.subarray(0, 2)).toEqual(Buffer.of(0x88, 0x80 | 17));
  expect(masked.subarray(6).map((byte, at) => byte ^ (mask[at % 4] ?? 0))).toEqual(plain.subarray(2));
  expect(closeFrame(1012, 'service restart', true)).not.toEqual(masked); // section 5.3: a mask cannot be foreseen
});
