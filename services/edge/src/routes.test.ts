import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { expect, test } from 'vitest';
import { Routes } from './routes.ts';

function config(domainName: string, version: number, changes: Partial<DomainConfig> = {}): DomainConfig {
  return DomainConfig.create({ domainName, version: BigInt(version), accountId: 'acme', ...changes });
}

function routesOf(...configs: DomainConfig[]): Routes {
  const routes = new Routes();
  for (const each of configs) routes.apply(each);
  return routes;
}

test('a host is served by its own name, else by the wildcard one label above', () => {
  const routes = routesOf(config('a.test', 1), config('*.a.test', 2), config('b.a.test', 3));
  const nameOf = (host: string) => routes.find(host)?.name;
  expect(nameOf('a.test')).toBe('a.test');
  expect(nameOf('b.a.test')).toBe('b.a.test');
  expect(nameOf('c.a.test')).toBe('*.a.test');
  expect(nameOf('d.c.a.test')).toBeUndefined();
  expect(nameOf('test')).toBeUndefined();
  expect(nameOf('xa.test')).toBeUndefined();
});

test('a domain that is removed is served no more, and its wildcard serves its host again', () => {
  const routes = routesOf(config('b.a.test', 1), config('*.a.test', 2), config('b.a.test', 3, { removed: true }));
  expect(routes.find('b.a.test')?.name).toBe('*.a.test');
  expect(routesOf(config('a.test', 1, { removed: true })).find('a.test')).toBeUndefined();
});

test('versions only rise: an older config and an equal one change nothing, a removed domain included', () => {
  const routes = routesOf(config('a.test', 5, { removed: true }));
  expect(routes.apply(config('a.test', 4))).toBeUndefined();
  expect(routes.apply(config('a.test', 5))).toBeUndefined();
  expect(routes.find('a.test')).toBeUndefined();
  expect(routes.apply(config('a.test', 6))?.name).toBe('a.test');
  expect(routes.find('a.test')?.config.version).toBe(6n);
});

test('a change of one domain leaves the others as they are', () => {
  const routes = routesOf(config('a.test', 1), config('b.test', 2));
  const before = routes.find('b.test');
  const held = before?.config;
  routes.apply(config('a.test', 3, { websocketEnabled: true }));
  expect(routes.find('b.test')).toBe(before);
  expect(before?.config).toBe(held);
});

test('the version is the latest one that was applied, of any domain', () => {
  const routes = routesOf(config('a.test', 7), config('b.test', 3));
  expect(routes.version).toBe(7n);
});

test('the last figures of a removed domain belong to the account that had it', () => {
  const routes = routesOf(config('a.test', 1), config('a.test', 2, { removed: true, accountId: '' }));
  expect([...routes.domains].map((domain) => domain.config.accountId)).toEqual(['acme']);
});
