import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Advice } from '../advice.js';
import { cacheDir, root } from '../paths.js';
import { fetchFromNpm, findFromNpm } from './npm-package.js';
import { withProgress } from './progress.js';
import { fetchTrouble, runTool } from './run-tool.js';
import { pnpmVersion } from './versions.js';

// Lies in node_modules, so that whoever removes the packages removes the claim that they are there.
const markFile = join(root, 'node_modules', '.longwire-installed');

// Not by npx: interrupted once, that leaves a folder in the user's home on which it fails ever after.
/** @type {import('./npm-package.js').NpmProgram} */
const pnpm = {
  title: `pnpm ${pnpmVersion} (20 MB)`,
  spec: `pnpm@${pnpmVersion}`,
  folder: join(cacheDir, `pnpm-${pnpmVersion}-${process.platform}-${process.arch}`),
  program: 'node_modules/.bin/pnpm',
};

/** Whether node_modules is what the lock file says. */
export async function packagesAreInstalled() {
  const mark = await readFile(markFile, 'utf8').catch(() => undefined);
  return mark === (await wanted());
}

/** Installs the packages of the lock file. */
export async function installPackages() {
  const mark = await wanted();
  const program = (await findFromNpm(pnpm)) ?? (await fetchFromNpm(pnpm));
  const env = {
    CI: 'true', // It may replace a node_modules of another kind without asking.
    // Seconds instead of minutes until a machine without network learns of it; what was fetched is kept for the next try.
    pnpm_config_fetch_retries: '1',
    pnpm_config_fetch_retry_mintimeout: '2000',
  };
  try {
    await withProgress('Fetching the packages (500 MB the first time, most of it the ClickHouse engine)', () =>
      runTool(program, ['install', '--frozen-lockfile'], { cwd: root, env }),
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
