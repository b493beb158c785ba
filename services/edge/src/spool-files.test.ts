import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@longwire/service/logger';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Batch } from './samples.ts';
import { SpoolFiles } from './spool-files.ts';
import { Spool } from './spool.ts';

const log = createLogger('edge', 'silent');
const batch = (id: string, bytes = 10): Batch => ({ id, data: Buffer.alloc(bytes, id) });
const idsOf = (batches: Batch[]) => batches.map(({ id }) => id);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longwire-spool-'));
});
afterEach(() => rm(folder, { recursive: true }));

const open = () => SpoolFiles.open(folder, log);
const bytesOnDisk = async () => {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((one, other) => one + other, 0);
};

test('what was kept and not forgotten is there for the next process, in order and to the byte', async () => {
  const { files } = await open();
  const batches = [batch('boot-1'), batch('boot-2', 0), batch('boot-3', 70_000)];
  files.keep(batches);
  await files.settled;
  expect((await open()).left).toEqual(batches);
});

test('when nothing waits any more nothing is on the disk', async () => {
  const { files } = await open();
  const batches = [batch('1'), batch('2')];
  files.keep(batches);
  for (const each of batches) files.forget(each);
  await files.settled;
  expect([await bytesOnDisk(), (await open()).left]).toEqual([0, []]);
});

test('what the last process left goes when it is stored, and what comes after it stays', async () => {
  const last = await open();
  last.files.keep([batch('old-1'), batch('old-2')]);
  await last.files.settled;
  const { files, left } = await open();
  files.keep([batch('new-1')]);
  for (const each of left) files.forget(each);
  await files.settled;
  expect(idsOf((await open()).left)).toEqual(['new-1']);
});

test('a line cut short by a kill, or with a flipped bit, is left out; the others are kept', async () => {
  const { files } = await open();
  files.keep([batch('1'), batch('2'), batch('3')]);
  await files.settled;
  const [name = ''] = await readdir(folder);
  const text = await readFile(join(folder, name), 'latin1');
  const [one = '', two = ''] = text.split('\n');
  await writeFile(join(folder, name), text.replace(two, two.slice(0, -4) + 'AAA='));
  await appendFile(join(folder, name), one.slice(0, 20));
  expect(idsOf((await open()).left)).toEqual(['1', '3']);
});

test('the disk is bounded with the spool: the oldest batches go from both and are counted', async () => {
  const { files } = await open();
  const spool = new Spool(4_000_000, files);
  for (let number = 0; number < 100; number++) spool.add([batch(`${number}`, 100_000)]);
  await files.settled;
  expect([spool.size, spool.dropped]).toEqual([40, 60]);
  expect(await bytesOnDisk()).toBeLessThan((4_000_000 * 4) / 3 + 2 * 1_200_000);
  const left = idsOf((await open()).left);
  expect(left.slice(-40)).toEqual(Array.from({ length: 40 }, (_, index) => `${index + 60}`));
});

test('a spool sends what an earlier process left before its own', async () => {
  (await open()).files.keep([batch('old-1')]);
  const { files, left } = await open().then(async (opened) => {
    await opened.files.settled;
    return open();
  });
  const spool = new Spool(1_000, files, left);
  spool.add([batch('new-1')]);
  const sent: string[] = [];
  await spool.flush(async ({ id }) => void sent.push(id));
  expect(sent).toEqual(['old-1', 'new-1']);
  await files.settled;
  expect((await open()).left).toEqual([]);
});
