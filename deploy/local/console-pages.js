import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, relative } from 'node:path';
import { Advice, codeOf } from './advice.js';
import { withLock } from './lock.js';
import { cacheDir, root } from './paths.js';
import { withProgress } from './toolchain/progress.js';
import { lastLines, runNpm, ToolError } from './toolchain/run-tool.js';

const folder = join(root, 'services/console');
// What the pages are made of; the contracts are code that the browser runs.
const sources = [
  'services/console/web',
  'services/console/package.json',
  'libs/contracts/gen/connect',
  'pnpm-lock.yaml',
];
const markFile = join(cacheDir, 'console-pages.sha256');

/**
 * Builds the console's pages unless the last build was of the same sources.
 * @param {{ node: string }} tools
 * @throws {Advice} with what the build said
 */
export async function buildConsolePages({ node }) {
  await mkdir(cacheDir, { recursive: true });
  const onWait = (/** @type {number} */ holder) =>
    console.log(`Waiting for process ${holder}, which is building the console's pages.`);
  const hash = await hashOf(sources);
  if (await isBuilt(hash)) return;
  await withLock(join(cacheDir, 'console-pages.lock'), onWait, async () => {
    if (await isBuilt(hash)) return;
    const env = { PATH: [dirname(node), process.env['PATH']].join(delimiter) };
    try {
      await withProgress("Building the console's pages", () => runNpm(['run', 'build'], { cwd: folder, env }));
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      throw new Advice(`The console's pages could not be built:\n${lastLines(error.output, 25)}`);
    }
    await writeFile(markFile, hash);
  });
}

/** @param {string} hash */
async function isBuilt(hash) {
  return existsSync(join(folder, 'dist/index.html')) && (await readFile(markFile, 'utf8').catch(() => '')) === hash;
}

/** @param {string[]} paths */
async function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of await filesUnder(join(root, path))) {
      hash.update(`${relative(root, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} path of a file or a folder
 * @returns {Promise<string[]>} files, always in the same order
 */
async function filesUnder(path) {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const names = (await readdir(path)).filter((name) => name !== 'node_modules').toSorted();
  return (await Promise.all(names.map((name) => filesUnder(join(path, name))))).flat();
}
