import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../paths.js';
import { ToolError } from '../toolchain/run-tool.js';

/** @import { Run } from './check.js' */

const generated = 'libs/contracts/gen';

/**
 * Compares the contracts with what was committed before: with HEAD while they are being changed, else with the commit before,
 * on a branch with where it left main.
 * @param {Run} run
 */
export async function contractsBreakNobody(run) {
  const before = await earlierCommit(run);
  if (!before) return; // No history, or none with contracts.
  await withTemporaryFolder(async (folder) => {
    const archive = join(folder, 'contracts.tar');
    await run('git', 'archive', '--format=tar', '-o', archive, before, 'proto', 'buf.yaml');
    await run('buf', 'breaking', '--against', archive);
  });
}

/**
 * Generates the code anew beside the one in the checkout and compares.
 * @param {Run} run
 */
export async function generatedCodeIsCurrent(run) {
  await withTemporaryFolder(async (folder) => {
    // The same two steps as libs/contracts/generate.sh, into another place.
    await run('buf', 'generate', '-o', folder);
    await run('buf', 'build', 'proto', '-o', join(folder, generated, 'longwire.binpb'));
    const [fresh, present] = await Promise.all([contents(join(folder, generated)), contents(join(root, generated))]);
    const names = new Set([...fresh.keys(), ...present.keys()]);
    const stale = [...names].filter((name) => fresh.get(name) !== present.get(name));
    if (stale.length === 0) return;
    const list = stale.map((name) => `  ${generated}/${name}`).join('\n');
    throw new ToolError(
      'buf generate',
      `not what proto/ gives now; run libs/contracts/generate.sh and commit:\n${list}`,
    );
  });
}

/**
 * @param {Run} run
 * @returns {Promise<string | undefined>}
 */
async function earlierCommit(run) {
  const git = async (/** @type {string[]} */ ...args) => (await run('git', ...args).catch(() => '')).trim();
  const changed = await git('status', '--porcelain', '--', 'proto');
  const branch = await git('rev-parse', '--abbrev-ref', 'HEAD');
  const leftMain = branch === 'main' ? '' : await git('merge-base', 'HEAD', 'main');
  const head = await git('rev-parse', 'HEAD');
  const before = changed
    ? head
    : leftMain && leftMain !== head
      ? leftMain
      : await git('rev-parse', '--verify', '--quiet', 'HEAD~1');
  const hasContracts = before && (await git('ls-tree', '--name-only', before, 'proto'));
  return hasContracts ? before : undefined;
}

/**
 * @param {(folder: string) => Promise<void>} work
 */
async function withTemporaryFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'longwire-check-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @returns {Promise<Map<string, string>>} content by path inside the folder
 */
async function contents(folder) {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => /\.\w+$/.test(name));
  return new Map(
    await Promise.all(
      files.map(async (name) => /** @type {const} */ ([name, await readFile(join(folder, name), 'latin1')])),
    ),
  );
}
