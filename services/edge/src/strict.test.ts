import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, encode, type Frame } from '../test/frame.ts';
import type { FrameRules } from './frame-rules.ts';
import { FrameScanner } from './frames.ts';

const STRICT: FrameRules = {
  strict: true,
  masked: true,
  extension: 'none',
  maxFrame: Number.POSITIVE_INFINITY,
  maxMessage: Number.POSITIVE_INFINITY,
};

const masked = (frame: Frame) => encode({ ...frame, masked: true });
const bytes = (length: number) => Buffer.alloc(length, 7);

/** Scans a good frame and then this, whole and cut at every byte; what is found and what may pass must be the same. */
function faultOf(then: Buffer, rules: Partial<FrameRules> = {}) {
  const whole = new FrameScanner({ ...STRICT, ...rules });
  const good = encode({ payload: bytes(3), masked: rules.masked ?? true });
  const stream = Buffer.concat([good, then, good]);
  const passes = whole.scan(stream);
  for (let at = 1; at < stream.length; at += stream.length > 1_000 ? 97 : 1) {
    const inTwo = new FrameScanner({ ...STRICT, ...rules });
    const passed = inTwo.scan(stream.subarray(0, at)) + inTwo.scan(stream.subarray(at));
    expect(inTwo.fault).toEqual(whole.fault);
    expect(inTwo.messages).toBe(whole.messages);
    // A header that was cut has passed in part; then no frame of the edge's own may follow.
    expect(inTwo.atBoundary).toBe(passed === passes && whole.atBoundary);
  }
  return whole.fault && { ...whole.fault, passes: passes - good.length };
}

describe('strict: refused with 1002, and nothing of the frame passes', () => {
  const text = { opcode: 1, payload: bytes(5) };
  const begun = masked({ ...text, fin: false });
  test.each<[string, Buffer, string, Partial<FrameRules>?, number?]>([
    ['a client frame without mask', encode(text), 'frame without mask'],
    ['a masked origin frame', masked(text), 'masked frame', { masked: false }],
    ['a reserved bit without an extension', masked({ ...text, reserved: 0x40 }), 'reserved bit'],
    ['RSV2 under permessage-deflate', masked({ ...text, reserved: 0x20 }), 'reserved bit', deflate()],
    ['RSV1 on a control frame', masked({ opcode: 9, reserved: 0x40 }), 'reserved bit', deflate()],
    [
      'RSV1 on a continuation',
      Buffer.concat([begun, masked({ opcode: 0, reserved: 0x40 })]),
      'reserved bit',
      deflate(),
      begun.length,
    ],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer, string] => [
      `opcode ${opcode}`,
      masked({ opcode }),
      'reserved opcode',
    ]),
    ['a fragmented ping', masked({ opcode: 9, fin: false }), 'fragmented control frame'],
    ['a fragmented Close', masked({ opcode: 8, fin: false }), 'fragmented control frame'],
    ['a ping of 126 bytes', masked({ opcode: 9, payload: bytes(126) }), 'control frame too long'],
    ['a Close with half a status', masked({ opcode: 8, payload: bytes(1) }), 'half a status'],
    ['125 in two bytes', Buffer.of(0x82, 0xfe, 0, 125, 1, 2, 3, 4), 'length not minimal'],
    ['65535 in eight bytes', Buffer.of(0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4), 'length not minimal'],
    ['2^63', Buffer.of(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4), 'length beyond 2^63'],
    ['a continuation of nothing', masked({ opcode: 0 }), 'continuation of no message'],
    ['a message inside a message', Buffer.concat([begun, masked(text)]), 'message inside a message', {}, begun.length],
  ])('%s', (_, frames, reason, rules = {}, passes = 0) => {
    expect(faultOf(frames, rules)).toEqual({ code: 1002, reason, passes });
  });

  function deflate(): Partial<FrameRules> {
    return { extension: 'permessage-deflate' };
  }
});

describe('strict: passes', () => {
  const fragments = [
    masked({ opcode: 1, fin: false, payload: bytes(2) }),
    masked({ opcode: 9, payload: bytes(125) }),
    masked({ opcode: 0, fin: false }),
    masked({ opcode: 10 }),
    masked({ opcode: 0, payload: bytes(70_000) }),
  ];
  test.each<[string, Buffer, Partial<FrameRules>?]>([
    ['a message in fragments with control frames between', Buffer.concat(fragments)],
    ['a compressed message', masked({ opcode: 1, reserved: 0x40 }), { extension: 'permessage-deflate' }],
    [
      'a compressed message in fragments',
      Buffer.concat([masked({ reserved: 0x40, fin: false }), masked({ opcode: 0 })]),
      { extension: 'permessage-deflate' },
    ],
    [
      'what an extension may mean that the edge does not know',
      masked({ opcode: 3, reserved: 0x70 }),
      { extension: 'unknown' },
    ],
    ['an empty Close', masked({ opcode: 8 })],
    ['126 bytes', masked({ payload: bytes(126) })],
    ['65536 bytes', masked({ payload: bytes(65_536) })],
  ])('%s', (_, frames, rules) => {
    expect(faultOf(frames, rules)).toBeUndefined();
  });

  test('every stream of right frames, however it is cut, to the last byte', () => {
    const message = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }).map((parts) =>
      parts.map((payload, index) => ({
        opcode: index === 0 ? 1 : 0,
        fin: index === parts.length - 1,
        payload: Buffer.from(payload),
      })),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }), (messages, places) => {
        const scanner = new FrameScanner(STRICT);
        for (const piece of cut(Buffer.concat(messages.flat().map(masked)), places)) {
          expect(scanner.scan(piece)).toBe(piece.length);
        }
        expect([scanner.fault, scanner.messages]).toEqual([undefined, messages.length]);
      }),
    );
  });
});

describe('limits: refused with 1009 at its header', () => {
  const tunnel = { strict: false };
  const part = (length: number, fin = false) => masked({ opcode: 0, fin, payload: bytes(length) });
  const begun = masked({ fin: false, payload: bytes(60) });
  test.each<[string, Buffer, Partial<FrameRules>, number]>([
    ['a frame above its limit', masked({ payload: bytes(101) }), { maxFrame: 100 }, 0],
    ['a frame of 2^62 bytes', Buffer.of(0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4), { maxFrame: 100 }, 0],
    ['a message of one frame', masked({ payload: bytes(101) }), { maxMessage: 100 }, 0],
    [
      'a message by the fragment that is too much',
      Buffer.concat([begun, part(40), part(1)]),
      { maxMessage: 100 },
      begun.length + part(40).length,
    ],
    [
      'a flood of empty fragments',
      Buffer.concat([begun, ...Array.from({ length: 41 }, () => part(0))]),
      { maxMessage: 100 },
      begun.length + 40 * part(0).length,
    ],
  ])('%s', (_, frames, rules, passes) => {
    expect(faultOf(frames, { ...tunnel, ...rules })).toMatchObject({ code: 1009, passes });
  });

  test.each<[string, Buffer, Partial<FrameRules>]>([
    ['a frame at its limit', masked({ payload: bytes(100) }), { maxFrame: 100 }],
    [
      'a message at its limit, ended by an empty fragment',
      Buffer.concat([begun, part(40), part(0, true)]),
      { maxMessage: 100 },
    ],
    [
      'one message after the other',
      Buffer.concat([masked({ payload: bytes(100) }), masked({ payload: bytes(100) })]),
      { maxMessage: 100 },
    ],
    [
      'control frames inside a message, which count for nothing',
      Buffer.concat([begun, masked({ opcode: 9, payload: bytes(100) }), part(40, true)]),
      { maxMessage: 100 },
    ],
  ])('but not %s', (_, frames, rules) => {
    expect(faultOf(frames, { ...tunnel, ...rules })).toBeUndefined();
  });
});

test('strict: a frame too long to be followed is refused as too large', () => {
  expect(faultOf(Buffer.of(0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4))).toMatchObject({ code: 1009 });
});

test('tunnel: any bytes at all pass', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (stream) => {
      expect(new FrameScanner({ ...STRICT, strict: false }).scan(stream)).toBe(stream.length);
    }),
  );
});

test('strict: any bytes at all, in whatever pieces, have the same fault; of its header alone a part may have passed', () => {
  const near = fc
    .tuple(fc.array(fc.nat(40), { maxLength: 4 }), fc.uint8Array({ maxLength: 100 }))
    .map(([sizes, noise]) => Buffer.concat([...sizes.map((size) => masked({ payload: bytes(size) })), noise]));
  const limits = fc.constantFrom<Partial<FrameRules>>({}, { maxFrame: 50 }, { maxMessage: 50 }, { masked: false });
  fc.assert(
    fc.property(near, fc.array(fc.nat(), { maxLength: 20 }), limits, (stream, places, limit) => {
      const [whole, cutUp] = [new FrameScanner({ ...STRICT, ...limit }), new FrameScanner({ ...STRICT, ...limit })];
      const passes = whole.scan(stream);
      const passed = cut(stream, places).reduce((sum, piece) => sum + cutUp.scan(piece), 0);
      expect(cutUp.fault).toEqual(whole.fault);
      expect(cutUp.messages).toBe(whole.messages);
      expect(passed).toBeGreaterThanOrEqual(passes);
      expect(passed).toBeLessThan(passes + (whole.fault ? 10 : 1));
    }),
    { numRuns: 1_000 },
  );
});
