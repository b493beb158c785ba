import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The customers and the reviewer of the local issuer, which makes its users with their passwords at its first start.
 * @param {string} dataDir
 * @returns {Promise<{ name: string, role: string, email: string, password: string }[]>}
 */
export async function demoSignIns(dataDir) {
  /** @type {{ users: { name: string, email: string, password: string, roles: string[], account?: string }[] }} */
  const { users } = JSON.parse(await readFile(join(dataDir, 'issuer/users.json'), 'utf8'));
  return users.flatMap(({ name, email, password, roles, account }) => {
    if (roles.includes('reviewer')) return [{ name, email, password, role: 'reviewer' }];
    return account === undefined ? [] : [{ name, email, password, role: `customer of the account ${account}` }];
  });
}
