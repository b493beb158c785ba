import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../advice.js';
import { archiveOf, parseDeb822, parseOneLine, sourceFor } from './apt-sources.js';
import { runTool, ToolError } from './run-tool.js';

// The first Debian release with a nats-server that is new enough; its program also runs on the release before.
const suite = 'trixie';

/** Whether this is a Debian with an archive of its own to ask. */
export async function canUseApt() {
  return (await ownArchive()) !== undefined;
}

/**
 * Takes one program out of a package of a newer Debian, through the mirror and the keys that this machine is set up with.
 * apt works in folders of its own here: no root, and the system's lists and packages stay as they are.
 * @param {object} wanted
 * @param {string} wanted.name the package
 * @param {string} wanted.program its path inside the package
 * @param {(program: string) => Promise<boolean>} wanted.isGood whether it runs here
 * @param {string} wanted.to where to put it
 * @throws {ToolError} with what apt said
 */
export async function fetchByApt({ name, program, isGood, to }) {
  const archive = await ownArchive();
  if (!archive) throw new ToolError('apt-get', 'no Debian archive in /etc/apt');
  await mkdir(dirname(to), { recursive: true });
  const work = await mkdtemp(`${to}.unfinished-`);
  try {
    const apt = await privateApt(work, sourceFor(archive, suite));
    await apt('update');
    await apt('download', name);
    const packageFile = (await readdir(work)).find((file) => file.endsWith('.deb')) ?? '';
    await runTool('dpkg-deb', ['-x', join(work, packageFile), join(work, 'unpacked')]);
    const unpacked = join(work, 'unpacked', program);
    await chmod(unpacked, 0o755);
    if (!(await isGood(unpacked)))
      throw new ToolError(program, `the program of ${packageFile} does not run here or is too old`);
    await rename(unpacked, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * An apt-get that keeps everything it writes in `work`.
 * @param {string} work
 * @param {string} source text of a `.sources` file
 */
async function privateApt(work, source) {
  const sourceFile = join(work, 'newer.sources');
  await writeFile(sourceFile, source);
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    await mkdir(join(work, folder), { recursive: true });
  const settings = [
    `Dir::Etc::sourcelist=${sourceFile}`,
    'Dir::Etc::sourceparts=-',
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::Cache=${join(work, 'cache')}`,
    `APT::Sandbox::User=${userInfo().username}`,
    'Acquire::Languages=none',
    'Acquire::Retries=1',
    // Else `update` succeeds without having fetched anything.
    'APT::Update::Error-Mode=any',
  ];
  const options = settings.flatMap((setting) => ['-o', setting]);
  return (/** @type {string[]} */ ...args) =>
    runTool('apt-get', [...options, ...args], { cwd: work, env: { LC_ALL: 'C' } });
}

async function ownArchive() {
  const release = parseRelease(await readOrEmpty('/etc/os-release'));
  if (release.id !== 'debian') return undefined;
  const oneLine = await readAll('.list', '/etc/apt/sources.list');
  const deb822 = await readAll('.sources');
  return archiveOf([...deb822.flatMap(parseDeb822), ...oneLine.flatMap(parseOneLine)], release);
}

/** @param {string} text */
function parseRelease(text) {
  const value = (/** @type {string} */ name) => new RegExp(`^${name}="?([^"\n]*)`, 'm').exec(text)?.[1] ?? '';
  return { id: value('ID'), codename: value('VERSION_CODENAME') };
}

/**
 * @param {string} extension
 * @param {string[]} others
 */
async function readAll(extension, ...others) {
  const folder = '/etc/apt/sources.list.d';
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith(extension)).map((name) => join(folder, name));
  return Promise.all([...files, ...others].map(readOrEmpty));
}

/** @param {string} file */
async function readOrEmpty(file) {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES') return '';
    throw error;
  }
}
