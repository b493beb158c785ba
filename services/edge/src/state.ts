import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@longwire/service';
import type { Configs } from './configs.ts';
import { lastKnownGoodPath, previousPath, readLastKnownGood, writeLastKnownGood } from './last-known-good.ts';
import { Trouble } from './trouble.ts';

/** Changes within this time are written together, in milliseconds. */
const GATHER_MS = 200;
/** What could not be written is tried again after this time. */
const RETRY_MS = 1_000;

export type State = AsyncDisposable & {
  /** When what was there from before was written; undefined when nothing was. */
  readonly writtenAt: Date | undefined;
  /** The configs have changed: they are written soon, at the latest when the edge stops, and until that goes. */
  changed(): void;
};

/**
 * Fills the configs with what the edge knew last, and keeps that file up to date. A file that cannot be read is reported and
 * the generation before is taken.
 */
export async function openState(folder: string, configs: Configs, log: Logger): Promise<State> {
  const path = lastKnownGoodPath(folder);
  const found = await load(path, configs, log);
  let presentIsGood = found?.isLatest === true;
  let isDirty = false;
  let writing: Promise<void> | undefined;
  const stopping = new AbortController();
  // Without the file the edge serves on; only a start without the control plane would miss it.
  const trouble = new Trouble(log, 'last-known-good file not written');

  async function write(): Promise<void> {
    isDirty = false;
    await writeLastKnownGood(path, { writtenAt: new Date(), configs: configs.all }, presentIsGood);
    presentIsGood = true;
  }

  async function writeSoon(): Promise<void> {
    for (let pauseMs = GATHER_MS; isDirty;) {
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      try {
        await write();
        trouble.over();
        pauseMs = GATHER_MS;
      } catch (error) {
        trouble.met(error);
        isDirty = !stopping.signal.aborted;
        pauseMs = RETRY_MS;
      }
    }
    writing = undefined;
  }

  return {
    writtenAt: found?.writtenAt,
    changed() {
      isDirty = true;
      writing ??= writeSoon();
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await writing;
    },
  };
}

interface Found {
  readonly writtenAt: Date;
  /** Whether it is the latest generation. */
  readonly isLatest: boolean;
}

/** Takes the latest generation that is whole; undefined when there is none. */
async function load(path: string, configs: Configs, log: Logger): Promise<Found | undefined> {
  for (const generation of [path, previousPath(path)]) {
    const known = await readLastKnownGood(generation).catch((error: unknown) => {
      log.error({ err: error, file: generation }, 'last-known-good file not usable');
      return undefined;
    });
    if (!known) continue;
    for (const config of known.configs) configs.take(config);
    const ageSeconds = Math.round((Date.now() - known.writtenAt.getTime()) / 1000);
    const isLatest = generation === path;
    const about = { ageSeconds, isLatest, domains: known.configs.length, version: `${configs.version}` };
    log.info(about, 'serving last-known-good config');
    return { writtenAt: known.writtenAt, isLatest };
  }
  return undefined;
}
