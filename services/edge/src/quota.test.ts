import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countedAs, Quota } from './quota.ts';

const NONE = { connections: 0, handshakesPerSecond: 0 };

test('no more connections than the limit are open at once, of each on its own', () => {
  const quota = new Quota();
  const two = { ...NONE, connections: 2 };
  expect([1, 2, 3].map(() => quota.take('a', two))).toEqual([true, true, false]);
  expect(quota.take('b', two)).toBe(true);
  quota.giveBack('a');
  expect([1, 2].map(() => quota.take('a', two))).toEqual([true, false]);
});

test('no more handshakes than the limit within a second, refused ones and ended ones included', () => {
  const quota = new Quota();
  const two = { ...NONE, handshakesPerSecond: 2 };
  expect(quota.take('a', two)).toBe(true);
  quota.giveBack('a');
  expect([1, 2].map(() => quota.take('a', two))).toEqual([true, false]);
  quota.onSecond();
  expect(quota.take('a', two)).toBe(true);
});

test('without a limit nobody is refused, and connections are counted all the same', () => {
  const quota = new Quota();
  expect(Array.from({ length: 100 }, () => quota.take('a', NONE))).not.toContain(false);
  expect(quota.take('a', { ...NONE, connections: 100 })).toBe(false);
});

test('whatever comes and goes, all is forgotten when all are gone', () => {
  const limit = fc.record({ connections: fc.nat(3), handshakesPerSecond: fc.nat(3) });
  const step = fc.record({
    who: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('take', 'give', 'second'),
    limit,
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const quota = new Quota();
      const held: string[] = [];
      for (const { who, what, limit: by } of steps) {
        const [last] = held.splice(what === 'give' ? -1 : held.length);
        if (last !== undefined) quota.giveBack(last);
        if (what === 'second') quota.onSecond();
        if (what === 'take' && quota.take(who, by)) held.push(who);
      }
      for (const who of held) quota.giveBack(who);
      quota.onSecond();
      expect(quota.size).toBe(0);
    }),
  );
});

describe('addresses are counted', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:0db8:0001:0002::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8::', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0'],
  ])('%s as %s', (address, counted) => {
    expect(countedAs(address)).toBe(counted);
  });
});
