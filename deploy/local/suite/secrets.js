import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../advice.js';

/**
 * Who signs in to what, made once for a data folder.
 * @typedef {object} Secrets
 * @property {Record<string, string>} nats password by user of nats-server
 * @property {string} clickhouse password of its one user
 * @property {string} sms key that signs messages to the SMS endpoint
 * @property {string} console client secret at the identity issuer
 */

/**
 * Reads the data folder's secrets; makes those that are not there yet.
 * @param {string} dataDir
 * @param {string[]} natsUsers
 * @returns {Promise<Secrets>}
 */
export async function openSecrets(dataDir, natsUsers) {
  const file = join(dataDir, 'secrets.json');
  const known = await read(file);
  /** @type {Secrets} */
  const secrets = {
    clickhouse: known.clickhouse ?? secret(),
    sms: known.sms ?? secret(),
    console: known.console ?? secret(),
    nats: Object.fromEntries(natsUsers.map((user) => [user, known.nats?.[user] ?? secret()])),
  };
  // Whole or not at all: a half-written file would change every password under services that have stored nothing else.
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return secrets;
}

/** 192 bits in letters that stand in URLs and configuration files as they are. */
function secret() {
  return randomBytes(24).toString('base64url');
}

/**
 * @param {string} file
 * @returns {Promise<Partial<Secrets>>}
 */
async function read(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    throw error;
  }
}
