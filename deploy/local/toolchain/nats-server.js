import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Advice } from '../advice.js';
import { cacheDir } from '../paths.js';
import { canUseApt, fetchByApt } from './debian-package.js';
import { withProgress } from './progress.js';
import { fetchTrouble, runTool, ToolError } from './run-tool.js';
import { isAtLeast, oldestNatsServer } from './versions.js';

const howToInstall =
  'install it (macOS: brew install nats-server; elsewhere: the package nats-server of your system, or a release of nats.io), ' +
  'or set NATS_SERVER to the path of the program';

/**
 * A nats-server that is new enough: that of $NATS_SERVER, of the PATH, or of `.cache/`.
 * @returns {Promise<string | undefined>} the path of the program; undefined when it must be fetched
 * @throws {Advice} when $NATS_SERVER names none
 */
export async function findNatsServer() {
  const named = process.env['NATS_SERVER'];
  if (named) return checkNamed(named);
  // Debian puts it in /usr/sbin, which is not in everybody's PATH.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const program of [...folders.map((folder) => join(folder, 'nats-server')), cached()]) {
    const version = await versionOf(program);
    if (version && isAtLeast(version, oldestNatsServer)) return program;
  }
  return undefined;
}

/**
 * Unpacks it from the package of a newer release of this machine's own Linux distribution, beside the system and not into it.
 * @throws {Advice} that says what to install instead
 */
export async function fetchNatsServer() {
  const needed = `nats-server ${oldestNatsServer} or newer is needed and not here`;
  if (!(await canUseApt())) throw new Advice(`${needed}: ${howToInstall}.`);
  try {
    await withProgress('Fetching nats-server from the package mirror (about 15 MB)', () =>
      fetchByApt({ name: 'nats-server', program: 'usr/sbin/nats-server', isGood, to: cached() }),
    );
  } catch (error) {
    throw new Advice(`${needed}, and could not be fetched: ${fetchTrouble(error)}\nOr ${howToInstall}.`);
  }
  return cached();
}

function cached() {
  return join(cacheDir, 'nats-server');
}

/** @param {string} program */
async function checkNamed(program) {
  const version = await versionOf(program);
  if (!version)
    throw new Advice(`NATS_SERVER names ${program}, which is not a nats-server that runs here: ${howToInstall}.`);
  if (isAtLeast(version, oldestNatsServer)) return program;
  throw new Advice(
    `NATS_SERVER names version ${version}, but ${oldestNatsServer} or newer is needed: ${howToInstall}.`,
  );
}

/** @param {string} program */
async function isGood(program) {
  const version = await versionOf(program);
  return version !== undefined && isAtLeast(version, oldestNatsServer);
}

/**
 * @param {string} program
 * @returns {Promise<string | undefined>} for example 2.10.27; undefined when it is not there or does not run
 */
async function versionOf(program) {
  try {
    await access(program, constants.X_OK);
    return /v(\d+\.\d+\.\d+)/.exec(await runTool(program, ['--version']))?.[1];
  } catch (error) {
    if (error instanceof ToolError || isMissing(error)) return undefined;
    throw error;
  }
}

/** @param {unknown} error */
function isMissing(error) {
  return error instanceof Error && 'syscall' in error;
}
