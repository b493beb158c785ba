import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@longwire/service';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { selfSigned, type Certificate } from '../test/certificate.ts';
import { stopwatch } from '../test/stopwatch.ts';
import { CertificateFolder } from './certificate-folder.ts';
import type { Pair } from './certificates.ts';

let parts: AsyncDisposableStack;
let root: string;
let served: readonly Pair[];
/** What was logged as an error: the object of each line. */
let errors: unknown[];
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  root = await mkdtemp(join(tmpdir(), 'longwire-tls-'));
  parts.defer(() => rm(root, { recursive: true }));
  served = [];
  errors = [];
});
afterEach(() => parts.disposeAsync());

async function follow(): Promise<CertificateFolder> {
  const log = createLogger('edge', 'silent');
  vi.spyOn(log, 'error').mockImplementation((about) => void errors.push(about));
  const folder = parts.use(new CertificateFolder(root, (pairs) => (served = pairs), log));
  await folder.load();
  return folder;
}

async function put(folder: string, { cert, key }: Certificate): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, folder, 'tls.crt'), cert);
  await writeFile(join(root, folder, 'tls.key'), key);
}

const hosts = () => served.map((pair) => `${pair.name}: ${pair.hosts.join()}`).toSorted();

/** Waits until these are served; within a second, or it throws. */
async function servedSoon(...expected: string[]): Promise<void> {
  const elapsed = stopwatch();
  while (JSON.stringify(hosts()) !== JSON.stringify(expected)) {
    if (elapsed() > 1_000) throw new Error(`after a second: ${hosts().join('; ')}`);
    await sleep(10);
  }
}

/** Laid out as a mounted Kubernetes secret: the files are links through `..data`, and that is swapped at once. */
async function mount(folder: string, generation: string, certificate: Certificate): Promise<void> {
  await put(join(folder, generation), certificate);
  const at = (name: string) => join(root, folder, name);
  await symlink(generation, at('..data_tmp'));
  await rename(at('..data_tmp'), at('..data'));
  for (const file of ['tls.crt', 'tls.key']) await symlink(`..data/${file}`, at(file)).catch(() => {});
}

describe('certificates are found', () => {
  test('in folders of their own and, as the default, in the folder itself', async () => {
    await put('one', selfSigned('one.test'));
    await put('.', selfSigned('main.test'));
    await put('..hidden', selfSigned('hidden.test'));
    await mkdir(join(root, 'empty'));
    await follow();
    expect(hosts()).toEqual(['default: main.test', 'one: one.test']);
  });

  test('also when there is nothing at first', async () => {
    await follow();
    await put('one', selfSigned('one.test'));
    await servedSoon('one: one.test');
  });
});

describe('a change is served within a second', () => {
  test('of files that are written in place', async () => {
    await put('one', selfSigned('one.test'));
    await follow();
    await put('one', selfSigned('two.test'));
    await servedSoon('one: two.test');
  });

  test('of a mounted secret that is swapped, again and again', async () => {
    await mount('one', '..2026_1', selfSigned('one.test'));
    await follow();
    expect(hosts()).toEqual(['one: one.test']);
    await mount('one', '..2026_2', selfSigned('two.test'));
    await servedSoon('one: two.test');
    await rm(join(root, 'one', '..2026_1'), { recursive: true });
    await mount('one', '..2026_3', selfSigned('three.test'));
    await servedSoon('one: three.test');
  });

  test('of a mounted secret right in the folder', async () => {
    await mount('.', '..2026_1', selfSigned('one.test'));
    await follow();
    await mount('.', '..2026_2', selfSigned('two.test'));
    await servedSoon('default: two.test');
  });

  test('of several secrets mounted as one', async () => {
    const generation = async (name: string, host: string) => {
      await put(`${name}/one`, selfSigned(host));
      await symlink(name, join(root, '..data_tmp'));
      await rename(join(root, '..data_tmp'), join(root, '..data'));
    };
    await generation('..2026_1', 'one.test');
    await symlink('..data/one', join(root, 'one'));
    await follow();
    expect(hosts()).toEqual(['one: one.test']);
    await generation('..2026_2', 'two.test');
    await servedSoon('one: two.test');
  });

  test('also when a folder comes or goes', async () => {
    await put('one', selfSigned('one.test'));
    await follow();
    await put('two', selfSigned('two.test'));
    await servedSoon('one: one.test', 'two: two.test');
    await rm(join(root, 'one'), { recursive: true });
    await servedSoon('two: two.test');
  });
});

describe('a pair that cannot be served is refused and logged, and the one before it stays', () => {
  const other = selfSigned('other.test');
  test.each<[what: string, pair: Certificate, reason: string]>([
    ['with the key of another', { cert: selfSigned('two.test').cert, key: other.key }, 'not that of the certificate'],
    ['that is no certificate', { cert: 'nothing', key: other.key }, 'PEM'],
    ['that is cut off', { cert: other.cert.slice(0, 200), key: other.key }, 'PEM'],
    ['without a key', { cert: other.cert, key: '' }, 'unsupported'],
  ])('%s', async (_, pair, reason) => {
    await put('one', selfSigned('one.test'));
    await put('two', selfSigned('two.test'));
    const folder = await follow();
    await put('one', pair);
    await put('two', selfSigned('renewed.test'));
    await servedSoon('one: one.test', 'two: renewed.test');
    await folder.load();
    // What is written in place may be read in the middle, and is read again.
    const ofOne = errors.filter((error) => JSON.stringify(error).includes('"certificate":"one"'));
    expect(ofOne).toMatchObject([{ err: { message: expect.stringContaining(reason) } }]);
    expect(JSON.stringify(errors)).not.toContain('PRIVATE KEY');
    await put('one', other);
    await servedSoon('one: other.test', 'two: renewed.test');
  });

  test('a folder that cannot be read takes nothing away', async () => {
    await put('one', selfSigned('one.test'));
    const folder = await follow();
    await rename(root, `${root}-away`);
    await folder.load();
    await rename(`${root}-away`, root);
    expect(hosts()).toEqual(['one: one.test']);
    expect(errors).toHaveLength(1);
  });
});
