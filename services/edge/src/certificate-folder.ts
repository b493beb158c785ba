import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@longwire/service';
import { DEFAULT_PAIR, readPair, type Pair } from './certificates.ts';

/** A change of a pair is several changes of files: they are waited for together, in milliseconds. */
const GATHER_MS = 100;
/** Some file systems tell of no changes. */
const LOOK_AGAIN_MS = 60_000;

/**
 * Follows a folder laid out as Kubernetes lays out TLS secrets: `<name>/tls.crt` and `<name>/tls.key`, or both right in the
 * folder, which makes them the default. Kubernetes changes them by swapping the symbolic link `..data` that they go through,
 * so folders are watched, not files. A pair that cannot be served is logged, and the one before it stays; a folder that is
 * gone takes its pair along.
 */
export class CertificateFolder implements Disposable {
  readonly #path: string;
  readonly #onPairs: (pairs: readonly Pair[]) => void;
  readonly #log: Logger;
  readonly #pairs = new Map<string, Pair>();
  readonly #problems = new Map<string, string>();
  readonly #lookingAgain: NodeJS.Timeout;
  #watchers: FSWatcher[] = [];
  #gathering: NodeJS.Timeout | undefined;
  #loading: Promise<void> = Promise.resolve();
  #isDisposed = false;

  /** @param onPairs told all pairs that are served, whenever one of them is new or gone */
  constructor(path: string, onPairs: (pairs: readonly Pair[]) => void, log: Logger) {
    this.#path = path;
    this.#onPairs = onPairs;
    this.#log = log;
    this.#lookingAgain = setInterval(() => this.#changed(), LOOK_AGAIN_MS).unref();
  }

  /** Reads everything; one reading at a time. */
  load(): Promise<void> {
    this.#loading = this.#loading.then(() => this.#load());
    return this.#loading;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    clearInterval(this.#lookingAgain);
    clearTimeout(this.#gathering);
    this.#watch([]);
  }

  #changed(): void {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(() => void this.load(), GATHER_MS);
  }

  async #load(): Promise<void> {
    const names = await this.#foldersOf().catch((error: unknown) => this.#tellOnce('', error));
    if (!names || this.#isDisposed) return;
    const folders = new Map(names.map((name) => [name, join(this.#path, name)]));
    this.#watch([this.#path, ...folders.values()]); // before reading: what changes meanwhile is read again
    folders.set(DEFAULT_PAIR, (await hasPair(this.#path)) ? this.#path : join(this.#path, DEFAULT_PAIR));
    const changes = await Promise.all([...folders].map(([name, folder]) => this.#loadPair(name, folder)));
    const gone = [...this.#pairs.keys()].filter((name) => !folders.has(name));
    for (const name of gone) this.#pairs.delete(name);
    if (changes.includes(true) || gone.length > 0) this.#onPairs([...this.#pairs.values()]);
  }

  async #foldersOf(): Promise<string[]> {
    const entries = await readdir(this.#path, { withFileTypes: true });
    return entries.filter((entry) => !entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
  }

  /** Whether it is another pair than before, or none any more. */
  async #loadPair(name: string, folder: string): Promise<boolean> {
    const before = this.#pairs.get(name);
    try {
      if (!(await hasPair(folder))) return this.#pairs.delete(name);
      const [cert, key] = await Promise.all([readFile(join(folder, 'tls.crt')), readFile(join(folder, 'tls.key'))]);
      if (before?.cert.equals(cert) && before.key.equals(key)) return false;
      const pair = readPair(name, cert, key);
      this.#pairs.set(name, pair);
      this.#problems.delete(name);
      this.#log.info({ certificate: name, hosts: pair.hosts, expires: pair.expires }, 'certificate is served');
      return true;
    } catch (error) {
      this.#tellOnce(name, error);
      return false;
    }
  }

  #tellOnce(name: string, error: unknown): undefined {
    if (this.#problems.get(name) === String(error)) return;
    this.#problems.set(name, String(error));
    this.#log.error({ certificate: name, err: error }, 'certificate not usable, the one before stays');
  }

  #watch(folders: string[]): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = folders.flatMap((folder) => {
      try {
        return watch(folder, { persistent: false }, () => this.#changed()).on('error', () => this.#changed());
      } catch {
        return []; // no folder, or gone again: its parent tells
      }
    });
  }
}

/** Whether there is at least a half of a pair. */
async function hasPair(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.includes('tls.crt') || names.includes('tls.key');
}
