import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { createLogger } from '@longwire/service/logger';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Configs } from './configs.ts';
import { lastKnownGoodPath, previousPath, readLastKnownGood, writeLastKnownGood } from './last-known-good.ts';
import { openState } from './state.ts';

const log = createLogger('edge', 'silent');
const config = (version: bigint) => DomainConfig.create({ domainName: 'a.test', accountId: 'acme', version });
const earlier = { writtenAt: new Date('2026-11-22T10:00:00Z'), configs: [config(1n)] };
const latest = { writtenAt: new Date('2026-11-22T11:00:00Z'), configs: [config(2n)] };

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
  path = lastKnownGoodPath(folder);
  await writeLastKnownGood(path, earlier);
  await writeLastKnownGood(path, latest);
});
afterEach(() => rm(folder, { recursive: true }));

test('the latest generation is served, with the time at which it was written', async () => {
  const configs = new Configs();
  await using state = await openState(folder, configs, log);
  expect([state.writtenAt, configs.all]).toEqual([latest.writtenAt, latest.configs]);
});

const damages: Record<string, () => Promise<void>> = {
  truncated: () => truncate(path, 100),
  'bit-flipped': async () => {
    const bytes = await readFile(path);
    bytes[90] = (bytes[90] ?? 0) ^ 4;
    await writeFile(path, bytes);
  },
  'of a later format': async () => {
    await writeFile(path, (await readFile(path, 'utf8')).replace('longwire-edge-config 1', 'longwire-edge-config 2'));
  },
  missing: () => rm(path),
};

test.each(Object.keys(damages))('where the latest is %s, the generation before is served', async (how) => {
  await damages[how]?.();
  const configs = new Configs();
  await using state = await openState(folder, configs, log);
  expect([state.writtenAt, configs.all]).toEqual([earlier.writtenAt, earlier.configs]);
});

test('after damage the next write mends the latest, and the good generation before stays', async () => {
  await truncate(path, 100);
  const configs = new Configs();
  {
    await using state = await openState(folder, configs, log);
    configs.take(config(3n));
    state.changed();
  }
  expect((await readLastKnownGood(path))?.configs).toEqual([config(3n)]);
  expect((await readLastKnownGood(previousPath(path)))?.configs).toEqual(earlier.configs);
});

test('where both are damaged nothing is served as if it were good, and nothing is thrown away', async () => {
  for (const file of [path, previousPath(path)]) await truncate(file, 100);
  const configs = new Configs();
  await using state = await openState(folder, configs, log);
  expect([state.writtenAt, configs.all]).toEqual([undefined, []]);
  expect(await readFile(path)).toHaveLength(100);
});

test('what could not be written is written as soon as that goes, though nothing changes any more', async () => {
  const failures: string[] = [];
  const warn = (_: object, what: string) => void failures.push(what);
  const telling = Object.assign(createLogger('edge', 'silent'), { warn });
  const configs = new Configs();
  await using state = await openState(folder, configs, telling);
  await rm(folder, { recursive: true });
  configs.take(config(3n));
  state.changed();
  await vi.waitFor(() => expect(failures).toContain('last-known-good file not written'));
  await mkdir(folder);
  await vi.waitFor(async () => expect((await readLastKnownGood(path))?.configs).toEqual([config(3n)]), 5_000);
});

test('an edge that cannot write what it knows stops all the same', async () => {
  const state = await openState(folder, new Configs(), log);
  await rm(folder, { recursive: true });
  state.changed();
  await state[Symbol.asyncDispose]();
  await mkdir(folder);
});
