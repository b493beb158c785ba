import { createHash } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
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

/** The generation before, for when the file is damaged or of a later format. */
export function previousPath(path: string): string {
  return `${path}.previous`;
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

/**
 * Writes the file so that a crash at any moment leaves a whole one. The one before stays as the generation before, unless
 * it is known to be no good: then the generation before stays as it is.
 */
export async function writeLastKnownGood(
  path: string,
  { writtenAt, configs }: LastKnownGood,
  presentIsGood = true,
): Promise<void> {
  const body = JSON.stringify({ writtenAt, configs: configs.map((config) => DomainConfig.toJSON(config)) });
  const fresh = `${path}.new`;
  {
    await using file = await open(fresh, 'w', 0o600);
    await file.writeFile(`${FORMAT}\n${checksumOf(body)}\n${body}`);
    await file.sync();
  }
  if (presentIsGood) await keepAsPrevious(path);
  await rename(fresh, path);
  await using folder = await open(dirname(path));
  await folder.sync();
}

/** By a second name, so that at no moment there is no file. */
async function keepAsPrevious(path: string): Promise<void> {
  const spare = `${path}.spare`;
  await rm(spare, { force: true });
  try {
    await link(path, spare);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return; // the first one ever
    throw error;
  }
  await rename(spare, previousPath(path));
}

function checksumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
