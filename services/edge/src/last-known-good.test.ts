import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackToOrigin, DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastKnownGoodPath, previousPath, readLastKnownGood, writeLastKnownGood } from './last-known-good.ts';

const known = {
  writtenAt: new Date('2026-11-22T10:00:00Z'),
  configs: [
    DomainConfig.create({
      domainName: '*.a.test',
      accountId: 'acme',
      version: 9_007_199_254_740_993n,
      websocketEnabled: true,
      heartbeatSeconds: 60,
      backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTPS,
      origins: [{ host: 'o.test', httpPort: 80, httpsPort: 443 }],
    }),
    DomainConfig.create({ domainName: 'b.test', version: 3n, removed: true }),
  ],
};

let folder = '';
let path = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
  path = lastKnownGoodPath(folder);
});
afterEach(() => rm(folder, { recursive: true }));

test('what was written is read back, tombstones and large versions included', async () => {
  await writeLastKnownGood(path, known);
  expect(await readLastKnownGood(path)).toEqual(known);
});

/** As an edge wrote it that knew no weights, limits or rules. */
const OLD = `longwire-edge-config 1
93bce873aa7b6dcb999e4b519a52f76f14f9d7400629a7a4397983d8e783d480
{"writtenAt":"2026-10-01T00:00:00.000Z","configs":[{"domainName":"a.test","accountId":"acme","version":"7","websocketEnabled":true,"heartbeatSeconds":60,"backToOrigin":"BACK_TO_ORIGIN_FOLLOW","origins":[{"host":"o.test","httpPort":80,"httpsPort":443}]}]}`;

test('a file of before there were weights, limits and rules is read, and says none', async () => {
  await writeFile(path, OLD);
  const old = await readLastKnownGood(path);
  const origins = [{ host: 'o.test', httpPort: 80, httpsPort: 443 }];
  const says = { domainName: 'a.test', accountId: 'acme', version: 7n, websocketEnabled: true, heartbeatSeconds: 60 };
  expect(old?.configs).toEqual([
    DomainConfig.create({ ...says, backToOrigin: BackToOrigin.BACK_TO_ORIGIN_FOLLOW, origins }),
  ]);
});

test('writing again replaces the file and keeps the generation before, and no other', async () => {
  const second = { ...known, configs: [] };
  await writeLastKnownGood(path, { ...known, writtenAt: new Date(0) });
  await writeLastKnownGood(path, second);
  await writeLastKnownGood(path, known);
  expect(await readLastKnownGood(path)).toEqual(known);
  expect(await readLastKnownGood(previousPath(path))).toEqual(second);
  expect(await readdir(folder)).toEqual(['last-known-good', 'last-known-good.previous']);
});

test('a file that is no good does not push out the generation before', async () => {
  await writeLastKnownGood(path, known);
  await writeLastKnownGood(path, known);
  await writeFile(path, 'damaged');
  await writeLastKnownGood(path, { ...known, configs: [] }, false);
  expect(await readLastKnownGood(previousPath(path))).toEqual(known);
});

test('no file is no error', async () => {
  expect(await readLastKnownGood(path)).toBeUndefined();
});

test('a file with any bit flipped, or cut anywhere, is never taken for a good one', async () => {
  await writeLastKnownGood(path, known);
  const whole = await readFile(path);
  for (let at = 0; at < whole.length; at++) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    await writeFile(path, flipped);
    await expect(readLastKnownGood(path), `bit of byte ${at}`).rejects.toThrow(/last-known-good/);
    await writeFile(path, whole.subarray(0, at));
    await expect(readLastKnownGood(path), `cut at ${at}`).rejects.toThrow(/last-known-good/);
  }
});

test('a file of another format is refused', async () => {
  await writeFile(path, `longwire-edge-config 2\n${'0'.repeat(64)}\n{}`);
  await expect(readLastKnownGood(path)).rejects.toThrow('not a last-known-good file of this version');
});
