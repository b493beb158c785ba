import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';

/** A program that was run for its effect ended with another exit code than 0. */
export class ToolError extends Error {
  /**
   * @param {string} command
   * @param {string} output what it printed, both streams
   */
  constructor(command, output) {
    super(`${command} failed:\n${output}`);
    this.output = output;
  }
}

/**
 * Runs a program to its end without showing what it prints.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options] `env` is added to this process's
 * @returns {Promise<string>} its stdout
 * @throws {ToolError} with everything it printed
 */
export async function runTool(command, args, { cwd, env } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {Promise<number>} */
  const ended = new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new ToolError(command, error.message)));
    child.once('close', (code) => resolve(code ?? 1));
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new ToolError([command, ...args].join(' '), stderr + stdout);
  return stdout;
}

/**
 * Runs npm: the one that runs this script if there is one, else that of the PATH.
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 */
export function runNpm(args, options) {
  const npm = process.env['npm_execpath'];
  // Two tries, so that a machine without network learns of it in seconds and not in minutes.
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const all = [...args.slice(0, 1), ...patience, ...args.slice(1)];
  return npm?.endsWith('npm-cli.js') ? runTool(process.execPath, [npm, ...all], options) : runTool('npm', all, options);
}

/**
 * What a failed fetch means for the person at the terminal.
 * @param {unknown} error
 * @returns {string} the end of a sentence
 */
export function fetchTrouble(error) {
  if (!(error instanceof ToolError)) throw error;
  const network =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|Could not resolve|Could not connect|Temporary failure[\w ]*/i;
  const code = network.exec(error.output)?.[0].trim();
  if (code) return `there is no way to the network (${code}): connect this machine, then start again.`;
  return `the tool said:\n${lastLines(error.output, 12)}`;
}

/**
 * The end of what a tool printed, without the places in its own code.
 * @param {string} output
 * @param {number} count
 */
export function lastLines(output, count) {
  const lines = stripVTControlCharacters(output).trimEnd().split('\n');
  return lines
    .filter((line) => !/^\s+at /.test(line))
    .slice(-count)
    .join('\n');
}
