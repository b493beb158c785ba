import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One customer and one reviewer of the local issuer, which makes its users with their passwords at its first start.
 * @param {string} dataDir
 * @returns {Promise<{ name: string, role: string, email: string, password: string }[]>}
 */
export async function demoSignIns(dataDir) {
  /** @type {{ users: { name: string, email: string, password: string, roles: string[] }[] }} */
  const { users } = JSON.parse(await readFile(join(dataDir, 'issuer/users.json'), 'utf8'));
  return ['customer', 'reviewer'].flatMap((role) => {
    const user = users.find(({ roles }) => roles.includes(role));
    return user ? [{ name: user.name, role, email: user.email, password: user.password }] : [];
  });
}
