import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The id of an edge that was given none: made up at its first start and kept in its state folder. */
export async function ownEdgeId(stateDir: string): Promise<string> {
  const path = join(stateDir, 'edge-id');
  const id = `edge-${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(path, id, { flag: 'wx' });
    return id;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readFile(path, 'utf8')).trim();
  }
}
