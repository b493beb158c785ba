/**
 * One process of a suite, as data.
 * @typedef {object} Part
 * @property {string} name
 * @property {string} what what it is, in a few words for the terminal
 * @property {string} command the program
 * @property {string[]} args
 * @property {Record<string, string>} env besides what every part inherits (see `inheritedEnv`)
 * @property {string[]} after names of parts that must be ready before it starts, and stop after it
 * @property {string} [ready] URL that answers 200 once it does its work; without one it is ready once it runs
 * @property {string} [address] what a person or a client connects to
 * @property {boolean} [ipc] a Node program, which ends itself when the channel to its parent breaks; true unless said
 * @property {boolean} [speaks] its stdout belongs on the terminal too, and it may end when it has done its work
 */

/**
 * What happens to a part, for whoever shows it.
 * @typedef {{ part: Part } & (
 *   | { type: 'ready', seconds: number, again: boolean }
 *   | { type: 'died', how: string, restartSeconds: number }
 *   | { type: 'keeps dying', why: string, log: string, logFile: string }
 *   | { type: 'said', line: string }
 *   | { type: 'killed', afterSeconds: number }
 * )} PartEvent
 */

// The suite is configured by its table alone; of the caller's environment it gets what a program needs to run.
const inherited = ['PATH', 'HOME', 'USER', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'LOG_LEVEL', 'NODE_EXTRA_CA_CERTS'];

/**
 * The part of this process's environment that parts see.
 * @returns {Record<string, string>}
 */
export function inheritedEnv() {
  return Object.fromEntries(
    inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
