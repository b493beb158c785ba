import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning } from '../processes.js';

/**
 * The processes of a suite on disk, so that whoever starts it next can end what a killed launcher left behind.
 * @param {string} file
 */
export function processRecords(file) {
  /** @type {Map<string, import('../processes.js').ProcessIdentity>} */
  const running = new Map();

  function save() {
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(running), undefined, 2), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  return {
    /**
     * @param {string} name
     * @param {number} pid
     */
    add(name, pid) {
      const identity = identify(pid);
      if (!identity) return;
      running.set(name, identity);
      save();
    },
    /** @param {string} name */
    remove(name) {
      if (running.delete(name)) save();
    },
    close() {
      if (running.size === 0) rmSync(file, { force: true });
    },
  };
}

/**
 * Ends processes that an earlier launcher recorded and that still run: same id, same start, same command line.
 * @param {string} file
 * @returns {Promise<string[]>} names of the parts that were still running
 */
export async function endOrphans(file) {
  const orphans = Object.entries(read(file)).filter(([, identity]) => isRunning(identity));
  await Promise.all(orphans.map(([, identity]) => end(identity)));
  return orphans.map(([name]) => name);
}

/** @param {import('../processes.js').ProcessIdentity} identity */
async function end(identity) {
  process.kill(identity.pid, 'SIGTERM');
  const deadline = Date.now() + 8_000;
  while (isRunning(identity) && Date.now() < deadline) await sleep(50);
  if (isRunning(identity)) process.kill(identity.pid, 'SIGKILL');
  while (isRunning(identity)) await sleep(20);
}

/**
 * @param {string} file
 * @returns {Record<string, import('../processes.js').ProcessIdentity>}
 */
function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {}; // Not there, or not ours: nothing is known to run.
  }
}
