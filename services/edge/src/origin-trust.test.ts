import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { selfSigned } from '../test/certificate.ts';
import { OriginTrust, readAuthorities } from './origin-trust.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-authorities-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(folder, 'authorities.pem');
  await writeFile(path, text);
  return path;
}

test('a bundle holds any number of authorities, with text around them', async () => {
  const [one, other] = [selfSigned('one.test').cert, selfSigned('other.test').cert];
  const authorities = readAuthorities(await fileOf(`# one\n${one}# other\n${other}`));
  expect(authorities).toEqual([one, other]);
});

test.each([
  ['', 'holds no certificate in PEM'],
  ['authority', 'holds no certificate in PEM'],
  ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'holds what is no certificate'],
])('a file of %j is refused', async (text, reason) => {
  const path = await fileOf(text);
  expect(() => readAuthorities(path)).toThrow(reason);
});

test('a file that is not there is refused by name', () => {
  expect(() => readAuthorities(join(folder, 'none.pem'))).toThrow('none.pem');
});

test('what vouches for an origin is read once per bundle, and so many are remembered', () => {
  const trust = new OriginTrust([]);
  const { cert } = selfSigned('one.test');
  expect(trust.contextFor(cert)).toBe(trust.contextFor(cert));
  expect(trust.contextFor('')).not.toBe(trust.contextFor(cert));
  expect(trust.contextFor('')).toBe(trust.contextFor(''));
  for (let count = 0; count < 1_100; count++) trust.contextFor(`# ${count}\n${cert}`);
  expect(trust.size).toBe(1_000);
});
