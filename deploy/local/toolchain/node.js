import { access, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Advice } from '../advice.js';
import { cacheDir } from '../paths.js';
import { withProgress } from './progress.js';
import { fetchTrouble, runNpm } from './run-tool.js';
import { isAtLeast, nodeVersion } from './versions.js';

/**
 * The Node that runs the suite's TypeScript: the running one if it is new enough, else the one in `.cache/`.
 * @returns {Promise<string | undefined>} the path of the program; undefined when it must be fetched
 */
export async function findNode() {
  if (isAtLeast(process.versions.node, '24.0.0')) return process.execPath;
  const node = programIn(folder());
  return (await exists(node)) ? node : undefined;
}

/** Fetches Node from its npm package for this machine, which holds the program itself and has no install script. */
export async function fetchNode() {
  await mkdir(cacheDir, { recursive: true });
  const unfinished = await mkdtemp(join(cacheDir, 'node.unfinished-'));
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
  try {
    await withProgress(`Fetching Node ${nodeVersion} (50 MB)`, () =>
      runNpm(['install', '--prefix', unfinished, ...quiet, `${packageName()}@${nodeVersion}`], { cwd: unfinished }),
    );
    await access(programIn(unfinished));
    await chmod(unfinished, 0o755);
    await rm(folder(), { recursive: true, force: true }); // What is there lacks the program.
    await rename(unfinished, folder());
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Advice(`Node ${nodeVersion} could not be fetched: ${fetchTrouble(error)}`);
  }
  return programIn(folder());
}

function folder() {
  return join(cacheDir, `node-${nodeVersion}-${process.platform}-${process.arch}`);
}

function packageName() {
  return `node-${process.platform}-${process.arch}`;
}

/** @param {string} prefix */
function programIn(prefix) {
  return join(prefix, 'node_modules', packageName(), 'bin', 'node');
}

/** @param {string} file */
async function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}
