import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, encode } from '../test/frame.ts';
import { Direction } from './direction.ts';
import { closeFrame } from './own-frames.ts';
import { Pings } from './pings.ts';

const rules = {
  strict: false,
  extension: 'none',
  maxFrame: Number.POSITIVE_INFINITY,
  maxMessage: Number.POSITIVE_INFINITY,
} as const;

/** A leg to a client: what it would read, what the other peer would, and the edge's pings on it. */
function leg() {
  const client = outlet();
  const origin = outlet();
  const out = new Direction(client, { ...rules, masked: false });
  const back = new Direction(origin, { ...rules, masked: true });
  const roundTrips: number[] = [];
  const pings = new Pings(out, back, (duration) => roundTrips.push(duration));
  return { client, origin, out, back, pings, roundTrips };
}

function outlet() {
  const chunks: Buffer[] = [];
  return {
    waiting: 0,
    send: (chunk: Buffer) => chunks.push(Buffer.from(chunk)) > 0,
    end() {},
    read: () => Buffer.concat(chunks),
  };
}

const PING_LENGTH = 2 + 16;
const isOwn = (bytes: Buffer, at: number) =>
  bytes[at] === 0x89 && bytes.toString('latin1', at + 2, at + 10) === 'longwire';

/** What a client answers to the latest ping that it has read. */
function pongOf(read: Buffer): Buffer {
  return encode({ opcode: 10, masked: true, payload: read.subarray(-16) });
}

const frame = fc
  .record({
    opcode: fc.constantFrom(0, 1, 2, 9, 10),
    fin: fc.boolean(),
    masked: fc.boolean(),
    size: fc.oneof(fc.nat(20), fc.nat(400)),
  })
  .map(({ size, ...head }) => encode({ ...head, payload: Buffer.alloc(size, 0x8a) }));
const frames = fc.array(frame, { maxLength: 6 });
const places = fc.array(fc.nat(), { maxLength: 20 });

test('never a frame inside another: at whichever moments pings come, they stand whole between two frames', () => {
  fc.assert(
    fc.property(frames, places, fc.array(fc.boolean()), (stream, cuts, moments) => {
      const { client, out, pings } = leg();
      for (const [index, piece] of cut(Buffer.concat(stream), cuts).entries()) {
        if (moments[index] === true) out.ping(pings);
        out.relay(piece);
      }
      const read = client.read();
      const others: Buffer[] = [];
      let at = 0;
      for (const each of [...stream, Buffer.alloc(0)]) {
        while (isOwn(read, at)) at += PING_LENGTH;
        others.push(read.subarray(at, at + each.length));
        at += each.length;
      }
      expect(Buffer.concat(others)).toEqual(Buffer.concat(stream));
      expect(at).toBe(read.length);
    }),
  );
});

test('an answer never reaches the other peer, and nothing else is kept from it, however the bytes are cut', () => {
  fc.assert(
    fc.property(frames, frames, places, fc.boolean(), (before, after, cuts, isMasked) => {
      const { client, origin, out, back, pings, roundTrips } = leg();
      out.ping(pings);
      const pong = isMasked ? pongOf(client.read()) : encode({ opcode: 10, payload: client.read().subarray(-16) });
      const almost = Buffer.from(pong).fill(0xff, 8, 9); // one byte of the mark is another
      const stream = [...before, almost, pong, ...after, pong];
      for (const piece of cut(Buffer.concat(stream), cuts)) back.relay(piece);
      expect(origin.read()).toEqual(Buffer.concat([...before, almost, ...after]));
      expect(back.passed).toBe(origin.read().length);
      expect(roundTrips).toHaveLength(1);
    }),
  );
});

test('what looked like the beginning of an answer is passed on before the end', () => {
  const { origin, out, back, pings } = leg();
  out.ping(pings);
  back.relay(Buffer.of(0x8a, 0x90, 1, 2));
  expect(origin.read()).toHaveLength(0);
  back.end();
  expect(origin.read()).toEqual(Buffer.of(0x8a, 0x90, 1, 2));
});

test('a ping waits for the end of a frame, and none comes after a Close', () => {
  const { client, out, pings } = leg();
  out.relay(Buffer.of(0x82, 2, 1));
  out.ping(pings);
  expect(client.read()).toHaveLength(3);
  out.relay(Buffer.of(2));
  expect(client.read()).toHaveLength(4 + PING_LENGTH);
  out.relay(closeFrame(1000, '', false));
  out.ping(pings);
  expect(client.read()).toHaveLength(4 + PING_LENGTH + 4);
});

describe('second by second', () => {
  const isOut = ({ client }: ReturnType<typeof leg>) => client.read().length / PING_LENGTH;

  test('a ping goes out at the interval, and a shorter one holds at once', () => {
    const world = leg();
    const sent = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((now) => {
      world.pings.onSecond(now, now < 6 ? 4 : 2);
      world.back.relay(pongOf(world.client.read()));
      return isOut(world);
    });
    expect(sent).toEqual([1, 1, 1, 1, 2, 2, 2, 3, 3]);
    expect(world.roundTrips).toHaveLength(3);
    expect(world.pings.least).toBe(Math.min(...world.roundTrips));
    expect(world.pings.last).toBe(world.roundTrips[2]);
  });

  test('silence is counted while an answer is owed, and any byte of the peer ends it', () => {
    const { back, pings } = leg();
    const silent = [1, 2, 3, 4, 5, 6].map((now) => {
      if (now === 4) back.relay(encode({ masked: true }));
      pings.onSecond(now, 60);
      return pings.silentSeconds;
    });
    expect(silent).toEqual([0, 1, 2, 0, 1, 2]);
  });

  test.each(['client', 'origin'] as const)('no silence is held against a peer while bytes wait for the %s', (side) => {
    const { pings, ...world } = leg();
    pings.onSecond(1, 60);
    world[side].waiting = 1;
    pings.onSecond(2, 60);
    expect(pings.silentSeconds).toBe(0);
  });

  test('a peer that talks and does not answer is asked again at the next interval', () => {
    const world = leg();
    const sent = [1, 2, 3].map((now) => {
      world.back.relay(encode({ masked: true }));
      world.pings.onSecond(now, 2);
      return isOut(world);
    });
    expect(sent).toEqual([1, 1, 2]);
  });

  test('a ping of the other peer has a second to be answered before the edge asks', () => {
    const world = leg();
    const { out, client, pings } = world;
    out.relay(encode({ opcode: 9 }));
    pings.onSecond(1, 60);
    expect(client.read()).toEqual(encode({ opcode: 9 }));
    out.relay(encode({ opcode: 9 }));
    pings.onSecond(2, 60);
    expect(client.read()).toHaveLength(2 + 2 + PING_LENGTH);
  });

  test('nothing is asked of a reader that does not keep up', () => {
    const { client, pings } = leg();
    client.waiting = 1;
    pings.onSecond(1, 60);
    expect(client.read()).toHaveLength(0);
  });
});
