import { hash } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from './advice.js';
import { identify, isRunning } from './processes.js';

/**
 * Takes a lock that ends with its process: the file names its holder, and a holder that is gone holds nothing.
 * @param {string} file
 * @returns {Promise<{ holder: number } | { holder: undefined, release: () => Promise<void> }>} the pid of whom holds it, or how to give it back
 */
export async function tryLock(file) {
  const own = `${file}.${process.pid}`;
  await writeFile(own, JSON.stringify(identify(process.pid)));
  try {
    // A link appears whole or not at all, so nobody ever reads half a lock.
    while (!(await linkIfAbsent(own, file))) {
      const text = await readIfPresent(file);
      const holder = parse(text);
      if (holder && isRunning(holder)) return { holder: holder.pid };
      if (text !== undefined && (await takeOver(file, text))) break;
    }
  } finally {
    await rm(own, { force: true });
  }
  return { holder: undefined, release: () => rm(file, { force: true }) };
}

/**
 * Runs `work` while holding the lock, after whoever holds it now.
 * @template T
 * @param {string} file
 * @param {(holder: number) => void} onWait told once when another process holds it
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, onWait, work) {
  for (let waited = false; ; waited = true) {
    const lock = await tryLock(file);
    if (lock.holder === undefined) {
      try {
        return await work();
      } finally {
        await lock.release();
      }
    }
    if (!waited) onWait(lock.holder);
    await sleep(200);
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
async function linkIfAbsent(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Takes the place of a holder that is gone. Of those who find the same one gone, the one who holds the lock on its succession does;
 * that lock becomes the lock itself, so that whoever comes later finds neither free.
 * @param {string} file
 * @param {string} stale its content when it was found stale
 * @returns {Promise<boolean>} false when another was faster
 */
async function takeOver(file, stale) {
  const succession = `${file}.after-${hash('sha1', stale).slice(0, 16)}`;
  const lock = await tryLock(succession);
  if (lock.holder !== undefined) {
    await sleep(10); // it is about to take the place
    return false;
  }
  if ((await readIfPresent(file)) === stale) {
    await rename(succession, file);
    return true;
  }
  await lock.release();
  return false;
}

/** @param {string} file */
async function readIfPresent(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * @param {string | undefined} text
 * @returns {import('./processes.js').ProcessIdentity | undefined}
 */
function parse(text) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined; // A file that is no lock of ours holds nothing.
  }
}
