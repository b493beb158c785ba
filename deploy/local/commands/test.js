import { access, constants, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildConsolePages } from '../console-pages.js';
import { toolchain } from '../toolchain.js';
import { runNode } from './run-visible.js';

/**
 * Runs the tests and closes with a line of their number.
 * @param {string[]} args for vitest
 * @returns {Promise<number>} vitest's exit code
 */
export async function test(args) {
  const tools = await toolchain();
  await buildConsolePages(tools);
  const chrome = await findChrome();
  const work = await mkdtemp(join(tmpdir(), 'longwire-test-'));
  const resultFile = join(work, 'result.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`];
    const env = chrome ? { CHROME: chrome } : {};
    const code = await runNode(tools, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], env);
    if (!chrome) console.log('The browser tests were left out: no Chromium in the PATH, and CHROME names none.');
    console.log(closingLine(JSON.parse(await readFile(resultFile, 'utf8'))));
    return code;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * What vitest's json reporter says, as far as it is read here.
 * @typedef {object} Result
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults by file
 */

/**
 * "N passed, N failed", and ", N skipped" when there are any.
 * @param {Result} result a file that failed without a failed test, as when it cannot be loaded, counts as one
 */
export function closingLine({ numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults }) {
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  );
  const skipped = numPendingTests + numTodoTests;
  const line = `${numPassedTests} passed, ${numFailedTests + brokenFiles.length} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}

/** @returns {Promise<string | undefined>} the path of the browser that the browser tests drive */
async function findChrome() {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'];
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const candidates = [
    ...(process.env['CHROME'] ? [process.env['CHROME']] : []),
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  for (const program of candidates) {
    const runs = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return program;
  }
  return undefined;
}
