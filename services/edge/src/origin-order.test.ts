import { OriginAddress } from '@longwire/contracts/edge/v1/domain_config';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrderOfTrial } from './origin-order.ts';

const origin = (host: string, weight = 0) => OriginAddress.create({ host, weight });
const hosts = (origins: readonly OriginAddress[]) => origins.map(({ host }) => host).join(' ');

test('without weights they are tried as they stand, and nothing is drawn', () => {
  const draw = () => expect.unreachable();
  expect(hosts(inOrderOfTrial([origin('a'), origin('b'), origin('c')], draw))).toBe('a b c');
});

test.each([
  [0, 'a b spare'],
  [0.249, 'a b spare'],
  [0.25, 'b a spare'],
  [0.999, 'b a spare'],
])('the first is drawn in proportion to its weight (%d), and those without one come last', (random, order) => {
  expect(hosts(inOrderOfTrial([origin('spare'), origin('a', 1), origin('b', 3)], () => random))).toBe(order);
});

test('each place is drawn among those that are left', () => {
  const draws = [0.5, 0.9, 0.1];
  const three = [origin('a', 1), origin('b', 1), origin('c', 1)];
  expect(hosts(inOrderOfTrial(three, () => draws.shift() ?? 0))).toBe('b c a');
});

test('each origin is tried once, whatever the weights and the draws', () => {
  const origins = fc
    .array(fc.integer({ min: 0, max: 1_000 }))
    .map((all) => all.map((each, at) => origin(`${at}`, each)));
  const draw = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
  fc.assert(
    fc.property(origins, draw, (all, draws) => {
      const order = inOrderOfTrial(all, () => draws.next().value);
      expect(new Set(order)).toEqual(new Set(all));
      expect(order).toHaveLength(all.length);
    }),
  );
});
