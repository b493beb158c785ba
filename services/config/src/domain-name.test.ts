import { expect, test } from 'vitest';
import { domainKey, normalizeDomainName } from './domain-name.ts';

test.each([
  ['Live.Example.COM', 'live.example.com'],
  ['live.example.com.', 'live.example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['*.example.com', '*.example.com'],
  ['chat.acme.test', 'chat.acme.test'],
  ['例子.cn', 'xn--fsqu00a.cn'],
])('%s has the normal form %s', (text, normal) => {
  expect(normalizeDomainName(text)).toBe(normal);
});

test.each([
  'localhost',
  'com',
  '公司.cn',
  'co.uk',
  '*.co.uk',
  'github.io',
  '127.0.0.1',
  '1.2.3.4.',
  '[::1]',
  'a..com',
  '-a.com',
  'a b.com',
  'a_b.com',
  'a.*.com',
  '*',
  '*.*.com',
  'user@a.com',
  'a.com:80',
  'a.com/path',
  `${'a'.repeat(64)}.com`,
  '',
  '.',
])('%s is no domain that can be added', (text) => {
  expect(normalizeDomainName(text)).toBeUndefined();
});

test('a key is readable, and has only what subjects and KV keys allow', () => {
  expect(domainKey('*.live.example.com')).toBe('=any_live_example_com');
});
