import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Advice } from '../advice.js';
import { root } from '../paths.js';
import { withProgress } from './progress.js';
import { fetchTrouble, runNpm } from './run-tool.js';
import { pnpmVersion } from './versions.js';

// Lies in node_modules, so that whoever removes the packages removes the claim that they are there.
const markFile = join(root, 'node_modules', '.longwire-installed');

/** Whether node_modules is what the lock file says. */
export async function packagesAreInstalled() {
  const mark = await readFile(markFile, 'utf8').catch(() => undefined);
  return mark === (await wanted());
}

/** Installs the packages of the lock file. */
export async function installPackages() {
  const mark = await wanted();
  const env = {
    CI: 'true', // It may replace a node_modules of another kind without asking.
    // Seconds instead of minutes until a machine without network learns of it; what was fetched is kept for the next try.
    pnpm_config_fetch_retries: '1',
    pnpm_config_fetch_retry_mintimeout: '2000',
  };
  try {
    await withProgress('Fetching the packages (about 250 MB the first time, most of it the ClickHouse engine)', () =>
      runNpm(['exec', '--yes', '--', `pnpm@${pnpmVersion}`, 'install', '--frozen-lockfile'], { cwd: root, env }),
    );
  } catch (error) {
    throw new Advice(`The packages could not be installed: ${fetchTrouble(error)}`);
  }
  await writeFile(markFile, mark);
}

async function wanted() {
  const hash = createHash('sha256');
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(await readFile(join(root, name)));
  return `${hash.digest('hex')} ${process.platform}-${process.arch}\n`;
}
