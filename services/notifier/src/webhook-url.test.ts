import { parseAddressRanges } from '@longwire/origins';
import { expect, test } from 'vitest';
import { checkWebhookUrl } from './webhook-url.ts';

const nothing = parseAddressRanges('');
const own = parseAddressRanges('127.0.0.1, 10.1.0.0/16, fd00::/8');

test.for([
  { url: 'https://hooks.acme.test/longwire', allow: nothing },
  { url: 'https://hooks.acme.test:8443', allow: nothing },
  { url: 'https://1.1.1.1/', allow: nothing },
  { url: 'https://[2606:4700::1111]/', allow: nothing },
  { url: 'http://10.1.2.3/', allow: own },
  { url: 'http://[fd00::1]:8080/', allow: own },
  { url: 'https://localhost/', allow: own },
])('$url is a webhook', ({ url, allow }) => {
  expect(checkWebhookUrl(url, allow)).toBeUndefined();
});

test.for([
  { url: 'https://localhost/', problem: 'the host is an address that is not public' },
  { url: 'https://2130706433/', problem: 'the host is an address that is not public' },
  { url: 'https://[::ffff:127.0.0.1]/', problem: 'the host is an address that is not public' },
  { url: 'https://169.254.169.254/', problem: 'the host is an address that is not public' },
  { url: 'http://hooks.acme.test/', problem: 'must be an https URL' },
  { url: 'http://1.1.1.1/', problem: 'must be an https URL' },
  { url: 'http://localhost/', problem: 'the host is an address that is not public' },
  { url: 'javascript:alert(1)', problem: 'must be an https URL' },
  { url: '/hooks', problem: 'must be a URL of at most 1000 characters' },
])('$url is none: $problem', ({ url, problem }) => {
  expect(checkWebhookUrl(url, nothing)).toBe(problem);
});

test('a name is reached with TLS alone, wherever it may resolve to', () => {
  expect(checkWebhookUrl('http://hooks.acme.test/', own)).toBe('must be an https URL');
  expect(checkWebhookUrl('http://localhost/', own)).toBe('must be an https URL');
});
