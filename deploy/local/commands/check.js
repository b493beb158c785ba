import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.js';
import { runTool, ToolError } from '../toolchain/run-tool.js';
import { toolchain } from '../toolchain.js';
import { contractsBreakNobody, generatedCodeIsCurrent } from './check-contracts.js';
import { environment } from './run-visible.js';

/**
 * One thing that must hold before a commit.
 * @typedef {object} Check
 * @property {string} name
 * @property {(run: Run) => Promise<unknown>} hold rejects with a ToolError when it does not
 */

/** @typedef {(command: string, ...args: string[]) => Promise<string>} Run runs a program in the checkout */

/** @type {Check[]} */
const checks = [
  { name: 'formatting', hold: (run) => run('prettier', '--check', '.') },
  { name: 'lint', hold: (run) => run('oxlint', '--type-aware') },
  { name: 'types', hold: (run) => run('tsc') },
  { name: "types of the console's pages", hold: (run) => pagesAreTyped(run) },
  { name: 'contracts: lint', hold: (run) => run('buf', 'lint') },
  { name: 'contracts: break nobody', hold: contractsBreakNobody },
  { name: 'contracts: generated code', hold: generatedCodeIsCurrent },
  { name: 'unused code', hold: (run) => run('knip') },
];

/**
 * Runs every check and says what each found.
 * @returns {Promise<number>} exit code: 1 when any does not hold
 */
export async function check() {
  const tools = await toolchain();
  const env = environment(tools);
  env['PATH'] = `${join(root, 'node_modules/.bin')}:${env['PATH']}`;
  const run = (/** @type {string} */ command, /** @type {string[]} */ ...args) =>
    runTool(command, args, { cwd: root, env });
  let failed = 0;
  for (const { name, hold } of checks) {
    const startedAt = performance.now();
    const trouble = await outcome(hold(run));
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${trouble === undefined ? 'ok  ' : 'FAIL'}  ${name}  (${seconds} s)`);
    if (trouble === undefined) continue;
    failed++;
    console.log(trouble.trimEnd().replace(/^/gm, '      '));
  }
  console.log(failed === 0 ? 'Everything holds.' : `${failed} of ${checks.length} do not hold.`);
  return failed === 0 ? 0 : 1;
}

/** @param {Run} run */
async function pagesAreTyped(run) {
  const project = 'services/console/web/tsconfig.json';
  if (existsSync(join(root, project))) await run('tsc', '-p', project);
}

/**
 * @param {Promise<unknown>} holds
 * @returns {Promise<string | undefined>} what is wrong
 */
async function outcome(holds) {
  try {
    await holds;
    return undefined;
  } catch (error) {
    if (error instanceof ToolError) return error.output;
    throw error;
  }
}
