import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';

/** What an edge knew when it last wrote it down. */
export interface LastKnownGood {
  readonly writtenAt: Date;
  readonly configs: readonly DomainConfig[];
}

const FORMAT = 'longwire-edge-config 1';

export function lastKnownGoodPath(stateDir: string): string {
  return join(stateDir, 'last-known-good');
}

/** Reads the file; undefined when there is none. Throws when it is not whole or not of this format. */
export async function readLastKnownGood(path: string): Promise<LastKnownGood | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [, format, checksum, body] = /^(.*)\n([\da-f]{64})\n([^]*)$/.exec(text) ?? [];
  if (format !== FORMAT || body === undefined) throw new Error('not a last-known-good file of this version');
  if (checksum !== checksumOf(body)) throw new Error('the last-known-good file is damaged');
  const { writtenAt, configs }: { writtenAt: string; configs: unknown[] } = JSON.parse(body);
  return { writtenAt: new Date(writtenAt), configs: configs.map((config) => DomainConfig.fromJSON(config)) };
}

/** Writes the file so that a crash at any moment leaves the old one or the new one, whole. */
export async function writeLastKnownGood(path: string, { writtenAt, configs }: LastKnownGood): Promise<void> {
  const body = JSON.stringify({ writtenAt, configs: configs.map((config) => DomainConfig.toJSON(config)) });
  const fresh = `${path}.new`;
  {
    await using file = await open(fresh, 'w', 0o600);
    await file.writeFile(`${FORMAT}\n${checksumOf(body)}\n${body}`);
    await file.sync();
  }
  await rename(fresh, path);
  await using folder = await open(dirname(path));
  await folder.sync();
}

function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
