import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { cacheDir } from './paths.js';
import { findNatsServer, fetchNatsServer } from './toolchain/nats-server.js';
import { fetchNode, findNode } from './toolchain/node.js';
import { installPackages, packagesAreInstalled } from './toolchain/packages.js';
import { checkPlatform, thisMachine } from './toolchain/platform.js';

/**
 * What runs the suite.
 * @typedef {{ node: string, natsServer: string }} Tools paths of programs
 */

/**
 * Finds everything the suite runs with, and fetches into `.cache/` and `node_modules/` what is missing. An ordinary user may do it,
 * it may be interrupted anywhere, and two at once wait for each other.
 * @returns {Promise<Tools>}
 * @throws {import('./advice.js').Advice} that says what to do when something cannot be had
 */
export async function toolchain() {
  checkPlatform(thisMachine());
  return (await findAll()) ?? underLock(fetchMissing);
}

/** @returns {Promise<Tools | undefined>} undefined when something is missing */
async function findAll() {
  const [node, natsServer, installed] = await Promise.all([findNode(), findNatsServer(), packagesAreInstalled()]);
  return node && natsServer && installed ? { node, natsServer } : undefined;
}

/** Looks again first: who held the lock before may have fetched it. */
async function fetchMissing() {
  for (const name of await readdir(cacheDir)) {
    if (name.includes('.unfinished-')) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
  const node = (await findNode()) ?? (await fetchNode());
  if (!(await packagesAreInstalled())) await installPackages();
  const natsServer = (await findNatsServer()) ?? (await fetchNatsServer());
  return { node, natsServer };
}

/**
 * @template T
 * @param {() => Promise<T>} work
 */
async function underLock(work) {
  await mkdir(cacheDir, { recursive: true });
  const onWait = (/** @type {number} */ holder) =>
    console.log(`Waiting for process ${holder}, which is fetching the tools.`);
  return withLock(join(cacheDir, 'toolchain.lock'), onWait, work);
}
