import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { array, assert, constantFrom, nat, property, record, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { Configs } from './configs.ts';

const config = (domainName: string, version: number, removed = false) =>
  DomainConfig.create({ domainName, accountId: 'acme', version: BigInt(version), removed });

test('the first config of a domain and newer ones are taken; equal and older ones change nothing', () => {
  const configs = new Configs();
  expect([5, 5, 4, 6].map((version) => configs.take(config('a.test', version)))).toEqual([true, false, false, true]);
  expect(configs.all).toEqual([config('a.test', 6)]);
  expect(configs.version).toBe(6n);
});

test('a tombstone keeps its account, and its version holds older configs off', () => {
  const configs = new Configs();
  configs.take(config('a.test', 1));
  configs.take({ ...config('a.test', 3, true), accountId: '' });
  expect(configs.take(config('a.test', 2))).toBe(false);
  expect(configs.all).toEqual([config('a.test', 3, true)]);
});

/** Puts and removals in the order of the log; each is what one version says of one domain. */
const logs = array(record({ domain: constantFrom('a.test', 'b.test', '*.c.test'), removed: nat(3) }), {
  maxLength: 40,
});
/** How an edge sees it: which versions it misses live, and what comes again and late after that. */
const sights = array(tuple(nat(39), nat(39)), { maxLength: 20 });

test('after outages, replays and late arrivals the state equals the fold of the log', () => {
  assert(
    property(logs, sights, (entries, late) => {
      const puts = entries.map(({ domain, removed }, index) => config(domain, index + 1, removed === 0));
      const fold = new Map(puts.map((put) => [put.domainName, put]));
      const missed = new Set(late.map(([version]) => version));
      const configs = new Configs();
      for (const [index, put] of puts.entries()) if (!missed.has(index)) configs.take(put); // the rest fell into an outage
      for (const [, index] of late) {
        const again = puts[index];
        if (again) configs.take(again);
      }
      for (const put of fold.values()) configs.take(put); // reconnected: the bucket's last value of each key
      const byName = (some: DomainConfig[]) =>
        some.toSorted((one, two) => one.domainName.localeCompare(two.domainName));
      expect(byName(configs.all)).toEqual(byName([...fold.values()]));
    }),
  );
});
