import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Advice } from '../advice.js';
import { root } from '../paths.js';
import { toolchain } from '../toolchain.js';
import { runNode } from './run-visible.js';

/**
 * Runs one benchmark; without a name lists them.
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function bench([name, ...args]) {
  const files = await readdir(join(root, 'bench')).catch(() => []);
  const names = files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -3));
  if (name === undefined) {
    console.log(`What can be run, as in npm run bench -- NAME:\n${names.map((each) => `  ${each}`).join('\n')}`);
    return 0;
  }
  if (!names.includes(name))
    throw new Advice(`longwire bench: there is no ${name} (known: ${names.join(', ') || 'none yet'})`);
  return runNode(await toolchain(), [`bench/${name}.ts`, ...args]);
}
