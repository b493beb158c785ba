import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownEdgeId } from './edge-id.ts';

test('an edge that was given no id makes one up and keeps it', async () => {
  const folders = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'longwire-edge-'))));
  const [first = '', second = ''] = await Promise.all(folders.map((folder) => ownEdgeId(folder)));
  expect(first).toMatch(/^edge-[\da-f]{12}$/);
  expect(second).not.toBe(first);
  expect(await ownEdgeId(folders[0] ?? '')).toBe(first);
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
});
