import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { expect, test } from 'vitest';
import { whyNotAllowed } from './allowed.ts';

function answer(allowed: Partial<DomainConfig>, origins: string[], protocols: string[] = []) {
  const fields = origins.map((value) => ({ name: 'Origin', key: 'origin', value }));
  const request = { method: 'GET', target: '/', host: 'a.test', fields };
  const refused = whyNotAllowed(DomainConfig.create(allowed), request, { key: '', protocols, extensions: [] });
  return refused && `${refused.status} ${refused.reason}`;
}

const allowedOrigins = ['https://app.acme.test', 'HTTPS://*.Acme.Example:443', 'http://intern:8080', 'null'];
const REFUSED = '403 this Origin may not connect to this domain';

test.each([
  [],
  ['https://app.acme.test'],
  ['https://APP.acme.test:443'],
  ['https://any.acme.example'],
  ['http://intern:8080'],
  ['null'],
])('the Origin %s may connect', (...origins) => {
  expect(answer({ allowedOrigins }, origins)).toBeUndefined();
});

test.each([
  ['http://app.acme.test'],
  ['https://app.acme.test:8443'],
  ['https://app.acme.test.evil.test'],
  ['https://evil.test/app.acme.test'],
  ['https://acme.example'],
  ['https://two.labels.acme.example'],
  ['https://evil/any.acme.example'],
  ['http://intern'],
  [''],
  ['https://app.acme.test, https://app.acme.test'],
  ['https://app.acme.test', 'https://app.acme.test'],
])('the Origin %s may not', (...origins) => {
  expect(answer({ allowedOrigins }, origins)).toBe(REFUSED);
});

test('a domain that names none allows all', () => {
  expect(answer({}, ['https://anyone.test'], ['anything'])).toBeUndefined();
});

test('every subprotocol that is offered must be allowed, in its very case; none may be offered', () => {
  const allowedSubprotocols = ['chat.v1', 'chat.v2'];
  const refused = '403 a subprotocol that is offered is not allowed for this domain';
  expect(answer({ allowedSubprotocols }, [], [])).toBeUndefined();
  expect(answer({ allowedSubprotocols }, [], ['chat.v2', 'chat.v1'])).toBeUndefined();
  expect(answer({ allowedSubprotocols }, [], ['chat.v1', 'admin'])).toBe(refused);
  expect(answer({ allowedSubprotocols }, [], ['Chat.v1'])).toBe(refused);
});
