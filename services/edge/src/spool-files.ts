import { appendFile, mkdir, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Batch } from './samples.ts';
import { Trouble } from './trouble.ts';
import type { Logger } from '@longwire/service';

/** Lines `<crc32 of the rest> <id> <base64>`; another format would have another name, and is left alone. */
const NAME = /^samples-v1-(\d{12})$/;
const SEGMENT_BYTES = 1024 * 1024;

interface Segment {
  readonly path: string;
  bytes: number;
  /** Batches in it that are wanted still. */
  waiting: number;
}

/**
 * The batches that wait, on disk, so that an edge that was killed sends them when it is back: files that only grow, each
 * removed when nothing in it waits any more. A batch of which nobody knows whether it was stored is sent again.
 */
export class SpoolFiles {
  readonly #folder: string;
  readonly #trouble: Trouble;
  readonly #segmentOf = new WeakMap<Batch, Segment>();
  #current: Segment | undefined;
  #number = 0;
  #work: Promise<void> = Promise.resolve();

  private constructor(folder: string, log: Logger) {
    this.#folder = folder;
    this.#trouble = new Trouble(log, 'samples not kept on disk');
  }

  /** What an earlier process left, oldest first. Lines that are not whole are left out and logged. */
  static async open(folder: string, log: Logger): Promise<{ files: SpoolFiles; left: Batch[] }> {
    await mkdir(folder, { recursive: true });
    const files = new SpoolFiles(folder, log);
    const names = (await readdir(folder)).filter((name) => NAME.test(name)).toSorted();
    const left: Batch[] = [];
    for (const name of names) left.push(...(await files.#load(name, log)));
    return { files, left };
  }

  /** Resolves when all that was asked for so far is done. */
  get settled(): Promise<void> {
    return this.#work;
  }

  keep(batches: readonly Batch[]): void {
    if (batches.length === 0) return;
    const text = batches.map(writeLine).join('');
    const segment = this.#segmentFor(text.length);
    segment.waiting += batches.length;
    for (const batch of batches) this.#segmentOf.set(batch, segment);
    this.#do(() => appendFile(segment.path, text, { mode: 0o600 }));
  }

  /** The batch is stored, or given up. */
  forget(batch: Batch): void {
    const segment = this.#segmentOf.get(batch);
    if (!segment || --segment.waiting > 0) return;
    this.#do(() => this.#clear(segment));
  }

  #segmentFor(bytes: number): Segment {
    if (!this.#current || this.#current.bytes > SEGMENT_BYTES) {
      const name = `samples-v1-${String(++this.#number).padStart(12, '0')}`;
      this.#current = { path: join(this.#folder, name), bytes: 0, waiting: 0 };
    }
    this.#current.bytes += bytes;
    return this.#current;
  }

  async #clear(segment: Segment): Promise<void> {
    if (segment.waiting > 0) return; // more has come since
    if (segment !== this.#current) return rm(segment.path, { force: true });
    segment.bytes = 0;
    await truncate(segment.path);
  }

  /** One thing after the other. What fails is told; the batches still wait in memory. */
  #do(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).then(
      () => this.#trouble.over(),
      (error: unknown) => this.#trouble.met(error),
    );
  }

  async #load(name: string, log: Logger): Promise<Batch[]> {
    const path = join(this.#folder, name);
    const lines = (await readFile(path, 'latin1')).split('\n').filter((line) => line !== '');
    const batches = lines.flatMap((line) => readLine(line) ?? []);
    if (batches.length < lines.length)
      log.warn({ path, lines: lines.length - batches.length }, 'damaged samples left out');
    this.#number = Math.max(this.#number, Number(NAME.exec(name)?.[1]));
    const segment = { path, bytes: SEGMENT_BYTES, waiting: batches.length };
    for (const batch of batches) this.#segmentOf.set(batch, segment);
    if (batches.length === 0) await rm(path);
    return batches;
  }
}

function writeLine({ id, data }: Batch): string {
  const body = `${id} ${Buffer.from(data).toString('base64')}`;
  return `${checksum(body)} ${body}\n`;
}

function readLine(line: string): Batch | undefined {
  const [, sum, body, id, base64] = /^([\da-f]{8}) ((\S+) (\S*))$/.exec(line) ?? [];
  if (body === undefined || id === undefined || sum !== checksum(body)) return undefined;
  return { id, data: Buffer.from(base64 ?? '', 'base64') };
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}
