import { join } from 'node:path';
import { cacheDir } from '../paths.js';
import { fetchFromNpm, findFromNpm } from './npm-package.js';
import { isAtLeast, nodeVersion } from './versions.js';

const packageName = `node-${process.platform}-${process.arch}`;

/** @type {import('./npm-package.js').NpmProgram} */
const node = {
  title: `Node ${nodeVersion} (56 MB)`,
  spec: `${packageName}@${nodeVersion}`,
  folder: join(cacheDir, `node-${nodeVersion}-${process.platform}-${process.arch}`),
  program: `node_modules/${packageName}/bin/node`,
};

/**
 * The Node that runs the suite's TypeScript: the running one if it is new enough, else the one in `.cache/`.
 * @returns {Promise<string | undefined>} the path of the program; undefined when it must be fetched
 */
export async function findNode() {
  return isAtLeast(process.versions.node, '24.0.0') ? process.execPath : findFromNpm(node);
}

/** Fetches Node from its npm package for this machine. */
export function fetchNode() {
  return fetchFromNpm(node);
}
