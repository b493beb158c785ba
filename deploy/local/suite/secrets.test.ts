import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSecrets } from './secrets.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'longwire-secrets-'));
});

afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('secrets are made once, for the owner alone to read', async () => {
  const first = await openSecrets(dataDir, ['config', 'edge']);
  expect(await openSecrets(dataDir, ['config', 'edge'])).toEqual(first);
  const { mode } = await stat(join(dataDir, 'secrets.json'));
  expect(mode & 0o777).toBe(0o600);
});

test('no two are the same, and none needs escaping in a URL', async () => {
  const { nats, ...others } = await openSecrets(dataDir, ['config', 'edge']);
  const all = [...Object.values(nats), ...Object.values(others)];
  expect(new Set(all).size).toBe(5);
  for (const secret of all) expect(secret).toMatch(/^[\w-]{32}$/);
});

test('a user that came later gets a password, the others keep theirs', async () => {
  const before = await openSecrets(dataDir, ['config']);
  const after = await openSecrets(dataDir, ['config', 'edge']);
  expect(after.nats['config']).toBe(before.nats['config']);
  expect(after.nats['edge']).toMatch(/./);
});
