/** A frame as RFC 6455, section 5.2, writes it; what is not said makes a whole, unmasked binary message. */
export interface Frame {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The reserved bits where they stand: 0x40, 0x20, 0x10. */
  readonly reserved?: number;
  readonly masked?: boolean;
  readonly payload?: Buffer;
}

const MASK = [1, 2, 3, 4];

/** The bytes of a frame. */
export function encode({ opcode = 2, fin = true, reserved = 0, masked = false, payload }: Frame): Buffer {
  const data = Buffer.from(payload ?? []);
  const head = Buffer.of((fin ? 0x80 : 0) | reserved | opcode, ...lengthOf(data.length));
  if (!masked) return Buffer.concat([head, data]);
  head[1] = (head[1] ?? 0) | 0x80;
  return Buffer.concat([head, Buffer.from(MASK), data.map((byte, at) => byte ^ (MASK[at % 4] ?? 0))]);
}

function lengthOf(length: number): number[] {
  if (length < 126) return [length];
  if (length < 65_536) return [126, length >> 8, length & 0xff];
  return [127, 0, 0, 0, 0, 0, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
}

/** Cuts bytes into pieces at the given places, wherever those are. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
