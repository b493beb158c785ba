import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { codeOf } from '../advice.js';
import { openLog } from './log-file.js';
import { inheritedEnv } from './part.js';

/** @import { ChildProcess, StdioOptions } from 'node:child_process' */
/** @import { Part, PartEvent } from './part.js' */

/**
 * One process of a part.
 * @typedef {object} Running
 * @property {number | undefined} pid undefined when it could not be started
 * @property {Promise<string>} ended how it ended, for example "exit code 1"; never rejects
 * @property {(signal: NodeJS.Signals) => void} signal
 * @property {() => void} killGroup SIGKILL to it and to everything that it started
 */

/**
 * Starts a part's process in a process group of its own, so that Ctrl-C reaches the launcher alone and parts stop in their order.
 * @param {Part} part
 * @param {{ cwd: string, logFile: string, report: (event: PartEvent) => void }} context
 * @returns {Running}
 */
export function launch(part, { cwd, logFile, report }) {
  const log = openLog(logFile);
  /** @type {StdioOptions} */
  const stdio = [
    'ignore',
    part.speaks ? 'pipe' : log,
    log,
    ...(part.ipc === false ? [] : [/** @type {const} */ ('ipc')]),
  ];
  const env = { ...inheritedEnv(), ...part.env };
  const child = spawn(part.command, part.args, { cwd, env, stdio, detached: true });
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => {
      writeSync(log, `${line}\n`);
      report({ type: 'said', part, line });
    });
  }
  if (part.ipc === false) endWithThisProcess(child);
  child.once('exit', () => killGroup(child)); // What it left behind; else its pipe might never close.
  const ended = outcomeOf(child).finally(() => closeSync(log));
  return { pid: child.pid, ended, signal: (signal) => child.kill(signal), killGroup: () => killGroup(child) };
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<string>}
 */
function outcomeOf(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => child.pid === undefined && resolve(`no process (${error.message})`));
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
}

/**
 * A program without a channel to this process would outlive it when it is killed: a shell waits for the end of a pipe, which is
 * the end of this process, and then ends the program.
 * @param {ChildProcess} child
 */
function endWithThisProcess(child) {
  if (child.pid === undefined) return;
  const watch = spawn('sh', ['-c', 'read _; kill -TERM "$0"', `${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true, // Else Ctrl-C would end it first.
  });
  child.once('exit', () => watch.kill('SIGKILL'));
}

/** @param {ChildProcess} child */
function killGroup({ pid }) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error; // ESRCH: nobody is left in the group.
  }
}
