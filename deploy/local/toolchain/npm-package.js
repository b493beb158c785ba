import { access, chmod, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Advice } from '../advice.js';
import { withProgress } from './progress.js';
import { fetchTrouble, runNpm } from './run-tool.js';

/**
 * A program that comes as an npm package.
 * @typedef {object} NpmProgram
 * @property {string} title for people, for example "Node 24 (50 MB)"
 * @property {string} spec name@version
 * @property {string} folder where it goes, whole or not at all
 * @property {string} program its path in `folder`
 */

/**
 * Fetches a program from its npm package; install scripts do not run.
 * @param {NpmProgram} wanted
 * @returns {Promise<string>} the path of the program
 * @throws {Advice}
 */
export async function fetchFromNpm({ title, spec, folder, program }) {
  const unfinished = await mkdtemp(`${folder}.unfinished-`);
  const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts'];
  try {
    await withProgress(`Fetching ${title}`, () =>
      runNpm(['install', '--prefix', unfinished, ...quiet, spec], { cwd: unfinished }),
    );
    await access(join(unfinished, program));
    await chmod(unfinished, 0o755);
    await rm(folder, { recursive: true, force: true }); // What is there lacks the program.
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Advice(`${title} could not be fetched: ${fetchTrouble(error)}`);
  }
  return join(folder, program);
}

/**
 * @param {NpmProgram} wanted
 * @returns {Promise<string | undefined>} the path of the program when it is there
 */
export async function findFromNpm({ folder, program }) {
  const path = join(folder, program);
  return access(path).then(
    () => path,
    () => undefined,
  );
}
