import { access, constants, mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Advice, codeOf } from '../advice.js';
import { buildConsolePages } from '../console-pages.js';
import { tryLock } from '../lock.js';
import { prepareSuite } from '../suite.js';
import { demoSignIns } from '../suite/demo-sign-ins.js';
import { checkPortsAreFree } from '../suite/ports.js';
import { Supervisor } from '../supervisor.js';
import { partReporter, showWayIn } from '../terminal.js';
import { toolchain } from '../toolchain.js';

const sameKeypressMs = 300; // npm passes Ctrl-C on to a process that the terminal has told already.

/**
 * Runs the suite until it is asked to stop.
 * @param {{ dataDir: string, portBase: number, demo: boolean }} flags
 * @returns {Promise<number>} exit code
 */
export async function start({ dataDir: given, portBase, demo }) {
  const dataDir = resolve(given);
  await makeDataDir(dataDir, given);
  const tools = await toolchain();
  const lock = await tryLock(join(dataDir, 'launcher.lock'));
  if (lock.holder !== undefined) {
    throw new Advice(
      `Longwire already runs on ${given} (process ${lock.holder}): stop it there, or give this one its own --data and --port-base.`,
    );
  }
  try {
    await buildConsolePages(tools);
    return await supervise(await prepareSuite({ dataDir, portBase, tools, demo }), { dataDir, demo });
  } finally {
    await lock.release();
  }
}

/**
 * @param {string} dataDir
 * @param {string} given as the person at the terminal wrote it
 */
async function makeDataDir(dataDir, given) {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK);
  } catch (error) {
    throw new Advice(
      `The data folder ${given} cannot be used (${codeOf(error)}): name one that you may write, as in: npm start -- --data /var/tmp/longwire`,
    );
  }
}

/**
 * @param {Awaited<ReturnType<typeof prepareSuite>>} prepared
 * @param {{ dataDir: string, demo: boolean }} flags
 */
async function supervise({ parts, ports, addresses }, { dataDir, demo }) {
  const supervisor = new Supervisor(parts, { dataDir, report: partReporter(parts) });
  const orphans = await supervisor.endOrphans();
  if (orphans.length > 0) console.log(`Ended what a killed launcher had left running: ${orphans.join(', ')}.`);
  await checkPortsAreFree(ports);

  const startedAt = performance.now();
  const stopAsked = stopRequest(supervisor);
  try {
    const started = supervisor.start().then(() => 'started');
    if ((await Promise.race([started, stopAsked])) === 'started') {
      const seconds = (performance.now() - startedAt) / 1000;
      const signIns = await demoSignIns(dataDir);
      showWayIn({ addresses, signIns, seconds, logs: join(shortest(dataDir), 'logs'), demo });
      await stopAsked;
    }
  } finally {
    await supervisor.stop();
  }
  console.log('Everything has stopped.');
  return 0;
}

/** @param {string} folder absolute */
function shortest(folder) {
  const fromHere = relative('.', folder);
  return fromHere.startsWith('..') ? folder : fromHere || '.';
}

/**
 * Resolves at the first request to stop; at a second one every process is ended at once.
 * @param {Supervisor} supervisor
 * @returns {Promise<void>}
 */
function stopRequest(supervisor) {
  return new Promise((resolve) => {
    let firstAt = 0;
    const ask = () => {
      if (firstAt === 0) {
        firstAt = Date.now();
        console.log('\nStopping; once more Ctrl-C ends it at once.');
        resolve();
      } else if (Date.now() - firstAt > sameKeypressMs) {
        supervisor.killAll();
      }
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, ask);
  });
}
