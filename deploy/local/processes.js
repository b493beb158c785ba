import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * One process, told apart from a later one with the same id by when it started.
 * @typedef {{ pid: number, startedAt: string, command: string }} ProcessIdentity
 */

/**
 * @param {number} pid
 * @returns {ProcessIdentity | undefined} undefined when there is no such process, or only what is left of an ended one
 */
export function identify(pid) {
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

/**
 * Whether that very process still runs.
 * @param {ProcessIdentity} known
 */
export function isRunning(known) {
  const now = identify(known.pid);
  return now?.startedAt === known.startedAt && now.command === known.command;
}

/** @param {number} pid */
function identifyByProc(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name, in parentheses, may hold anything; after it come state (3rd field) and, 22nd, the start in ticks since boot.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
    return { pid, startedAt: `${boot}/${fields[19]}`, command };
  } catch {
    return undefined; // It ended, perhaps between two reads.
  }
}

/** @param {number} pid */
function identifyByPs(pid) {
  try {
    const line = execFileSync('ps', ['-o', 'lstart=,command=', '-p', `${pid}`], {
      encoding: 'utf8',
      env: { LC_ALL: 'C' },
    });
    const startedAt = line.slice(0, 24); // Sun Nov 22 17:43:00 2026
    return { pid, startedAt, command: line.slice(24).trim() };
  } catch {
    return undefined; // ps exits with 1 for a process that is not there.
  }
}
