import { afterEach, beforeEach, expect, test } from 'vitest';
import { descriptorsFor, Overload } from './overload.ts';

const MIB = 1024 * 1024;
const LOOK_MS = 200;

let overload: Overload;
let now: number;
beforeEach(() => {
  overload = new Overload({ connections: 100, memory: 500 * MIB, lagMs: 300 });
  now = performance.now();
  overload.look(now, MIB);
});
afterEach(() => overload[Symbol.dispose]());

/** So many looks, each late by this. */
function late(byMs: number, times: number): void {
  for (let look = 0; look < times; look++) overload.look((now += LOOK_MS + byMs), MIB);
}

test('a process with as many connections as it may have takes no more', () => {
  expect([99, 100].map((connections) => overload.cause(connections))).toEqual([undefined, 'connections']);
});

test('a process that uses more memory than it may takes no more, until it uses less', () => {
  overload.look((now += LOOK_MS), 501 * MIB);
  expect(overload.cause(1)).toBe('memory');
  overload.look((now += LOOK_MS), 499 * MIB);
  expect(overload.cause(1)).toBeUndefined();
});

test('a share of memory that is less than an idle process needs turns nobody away', () => {
  const small = new Overload({ connections: 100, memory: 20 * MIB, lagMs: 300 });
  small.look(now, 80 * MIB);
  expect(small.cause(1)).toBeUndefined();
  small.look(now, 257 * MIB);
  expect(small.cause(1)).toBe('memory');
  small[Symbol.dispose]();
});

test('an event loop that stays late is overload, and is over soon after', () => {
  late(500, 10);
  expect(overload.cause(1)).toBe('lag');
  late(0, 5);
  expect(overload.cause(1)).toBeUndefined();
});

test('one long pause is no overload', () => {
  late(900, 1);
  expect(overload.cause(1)).toBeUndefined();
});

test('it looks by itself', async () => {
  const own = new Overload({ connections: 1, memory: 1, lagMs: 1 });
  while (own.lagMs === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  own[Symbol.dispose]();
  expect(own.lagMs).toBeLessThan(2_000);
});

test('file descriptors are enough for so many clients', () => {
  expect(descriptorsFor()).toBeGreaterThan(0);
});
