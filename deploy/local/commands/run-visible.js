import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { root } from '../paths.js';

/**
 * Runs a program in the checkout on this terminal, under the suite's Node.
 * @param {import('../toolchain.js').Tools} tools
 * @param {string[]} args for Node
 * @param {NodeJS.ProcessEnv} [env] added to this process's
 * @returns {Promise<number>} exit code
 */
export async function runNode(tools, args, env = {}) {
  const ignore = () => undefined;
  // Ctrl-C reaches the program as well; this process waits for it, to tell how it ended.
  process.on('SIGINT', ignore);
  const child = spawn(tools.node, args, { cwd: root, env: { ...environment(tools), ...env }, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  process.off('SIGINT', ignore);
  return typeof code === 'number' ? code : 1;
}

/**
 * This process's environment with the suite's programs in it.
 * @param {import('../toolchain.js').Tools} tools
 * @returns {NodeJS.ProcessEnv}
 */
export function environment({ node, natsServer }) {
  const path = [dirname(node), process.env['PATH']].join(delimiter);
  return { ...process.env, PATH: path, NATS_SERVER: natsServer };
}
