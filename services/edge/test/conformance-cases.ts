import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { encode, type Frame } from './frame.ts';

/** What a client sends, in pieces; a piece is one write. */
export interface Case {
  readonly name: string;
  readonly pieces: readonly Buffer[];
}

const sizes = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 1_048_576];
const filled = (size: number) => Buffer.alloc(size, '*');
const send = (...frames: Frame[]) => Buffer.concat(frames.map((frame) => encode({ masked: true, ...frame })));
const whole = (name: string, ...frames: Frame[]): Case => ({ name, pieces: [send(...frames)] });
const text = (payload: string | Buffer): Frame => ({ opcode: 1, payload: Buffer.from(payload) });
const ping = (payload = ''): Frame => ({ opcode: 9, payload: Buffer.from(payload) });
const continued = (payload: string | Buffer, fin = false): Frame => ({ opcode: 0, fin, payload: Buffer.from(payload) });
const bytewise = (bytes: Buffer) => Array.from(bytes, (byte) => Buffer.of(byte));

/** A message as permessage-deflate sends it without context (RFC 7692, section 7.2.1). */
function deflated(data: Buffer): Buffer {
  return deflateRawSync(data, { finishFlush: 2 /* Z_SYNC_FLUSH */ }).subarray(0, -4);
}

function close(code: number, reason: string | Buffer = ''): Frame {
  return { opcode: 8, payload: Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]) };
}

const split = 'κόσμε 😀';
const invalid = Buffer.from('cebae1bdb9cf83cebcceb5eda080656469746564', 'hex'); // a surrogate in UTF-8

/** In the groups of the Autobahn suite: framing, pings, reserved bits, opcodes, fragments, UTF-8, closing, limits, compression. */
export const cases: readonly Case[] = [
  ...sizes.map((size) => whole(`text of ${size} bytes`, text(filled(size)))),
  ...sizes.map((size) => whole(`binary of ${size} bytes`, { payload: filled(size) })),
  { name: 'text of 65536 bytes in pieces of 997', pieces: chop(send(text(filled(65_536))), 997) },
  { name: 'binary of 300 bytes byte by byte', pieces: bytewise(send({ payload: filled(300) })) },

  whole('ping without payload', ping()),
  whole('ping with text', ping('Hello, world!')),
  whole('ping with bytes that are no UTF-8', { opcode: 9, payload: Buffer.from('00fffefdfcfb00ff', 'hex') }),
  whole('ping of 125 bytes', ping('*'.repeat(125))),
  whole('ping of 126 bytes', ping('*'.repeat(126))),
  whole('ten pings', ...Array.from({ length: 10 }, (_, index) => ping(`payload-${index}`))),
  { name: 'a ping byte by byte', pieces: bytewise(send(ping('*'.repeat(125)))) },
  whole('an unasked pong, then a ping', { opcode: 10, payload: Buffer.from('unasked') }, ping('asked')),

  ...[0x40, 0x20, 0x10, 0x70].map((reserved) =>
    whole(`reserved bits ${reserved} on a text`, text('a'), { ...text('b'), reserved }, ping()),
  ),
  whole('a reserved bit on a ping', { ...ping('x'), reserved: 0x20 }),
  whole('a reserved bit on a Close', { ...close(1000), reserved: 0x10 }),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) =>
    whole(`opcode ${opcode} after a text`, text('a'), { opcode }, ping()),
  ),

  whole('a fragmented ping', { ...ping('a'), fin: false }, continued('b', true)),
  whole('a fragmented pong', { opcode: 10, fin: false }, continued('b', true)),
  whole('a text in two fragments', { ...text('fragment1'), fin: false }, continued('fragment2', true)),
  whole(
    'fragments with a ping between',
    { ...text('fragment1'), fin: false },
    ping('between'),
    continued('fragment2', true),
  ),
  whole(
    'five fragments with pings between',
    { ...text('1'), fin: false },
    continued('2'),
    ping('a'),
    continued('3'),
    continued('4'),
    ping('b'),
    continued('5', true),
  ),
  {
    name: 'fragments with a ping between, byte by byte',
    pieces: bytewise(send({ ...text('fragment1'), fin: false }, ping('between'), continued('fragment2', true))),
  },
  whole('empty fragments', { ...text(''), fin: false }, continued(''), continued('', true)),
  whole('empty fragments around a middle', { ...text(''), fin: false }, continued('middle'), continued('', true)),
  whole('a continuation of nothing', continued('a', true), text('b')),
  whole('an unfinished continuation of nothing', continued('a'), text('b')),
  whole('a text inside a text', { ...text('a'), fin: false }, text('b')),
  whole('a binary of 1 MiB in fragments of 4 KiB', ...fragments(filled(1_048_576), 4_096)),

  whole('UTF-8 of one, two, three and four bytes', text('a é ツ 😀')),
  whole(
    'UTF-8 split inside a character',
    ...fragments(Buffer.from(split), 1).map((frame, index) => (index === 0 ? { ...frame, opcode: 1 } : frame)),
  ),
  { name: 'UTF-8 byte by byte', pieces: bytewise(send(text(split))) },
  ...['ff', 'c0af', 'edbfbf', 'f4908080', 'e282', '80', 'f8888080'].map((hex) =>
    whole(`text of ${hex}`, text(Buffer.from(hex, 'hex'))),
  ),
  whole('text with a surrogate', text(invalid)),
  whole(
    'text with a surrogate in its second fragment',
    { ...text(invalid.subarray(0, 12)), fin: false },
    continued(invalid.subarray(12), true),
  ),

  whole('a Close after a message', text('Hello'), close(1000)),
  whole('two Closes', close(1000), close(1001)),
  whole('a ping after a Close', close(1000), ping()),
  whole('a text after a Close', close(1000), text('late')),
  whole('a Close inside a message', { ...text('a'), fin: false }, close(1000), continued('b', true)),
  whole('a Close without status', { opcode: 8 }),
  whole('a Close with half a status', { opcode: 8, payload: Buffer.of(3) }),
  whole('a Close with a reason', close(1000, 'Hello World!')),
  whole('a Close with the longest reason', close(1000, '*'.repeat(123))),
  whole('a Close with a reason too long', close(1000, '*'.repeat(124))),
  whole('a Close with a reason that is no UTF-8', close(1000, invalid)),
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code) =>
    whole(`Close ${code}`, close(code)),
  ),
  ...[0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535].map((code) =>
    whole(`Close ${code}, which is none`, close(code)),
  ),
  { name: 'a Close byte by byte', pieces: bytewise(send(close(1000, 'byte by byte'))) },

  { name: 'a frame without mask', pieces: [encode(text('plain'))] },
  { name: 'a length of 2^63', pieces: [Buffer.of(0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4)] },
  {
    name: 'a length of 125 in two bytes',
    pieces: [Buffer.concat([Buffer.of(0x82, 0xfe, 0, 125, 0, 0, 0, 0), filled(125)])],
  },

  ...[0, 16, 4_096, 131_072].flatMap((size) => [
    whole(`compressed, ${size} equal bytes`, { ...text(deflated(filled(size))), reserved: 0x40 }),
    whole(`compressed, ${size} random bytes`, { payload: deflated(randomBytes(size)), reserved: 0x40 }),
  ]),
  whole(
    'compressed in fragments',
    ...fragments(deflated(filled(100_000)), 50).map((frame, index) =>
      index === 0 ? { ...frame, reserved: 0x40 } : frame,
    ),
  ),
  whole('compressed and a plain message after it', { ...text(deflated(filled(99))), reserved: 0x40 }, text('plain')),
  whole('compressed and not to be inflated', { ...text('no deflate stream'), reserved: 0x40 }),
];

function chop(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

function fragments(data: Buffer, size: number): Frame[] {
  const parts = chop(data, size);
  return parts.map((payload, index) => ({ opcode: index === 0 ? 2 : 0, fin: index === parts.length - 1, payload }));
}
