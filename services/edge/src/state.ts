import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@longwire/service';
import type { Configs } from './configs.ts';
import { lastKnownGoodPath, readLastKnownGood, writeLastKnownGood } from './last-known-good.ts';

/** Changes within this time are written together, in milliseconds. */
const GATHER_MS = 200;

export type State = AsyncDisposable & {
  /** Whether a config was there from before. */
  readonly found: boolean;
  /** The configs have changed: they are written soon, and when the edge stops. */
  changed(): void;
};

/** Fills the configs with what the edge knew last, and keeps that file up to date. A file that cannot be read is reported, not served. */
export async function openState(folder: string, configs: Configs, log: Logger): Promise<State> {
  const path = lastKnownGoodPath(folder);
  const found = await load(path, configs, log);
  let isDirty = false;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    isDirty = false;
    await writeLastKnownGood(path, { writtenAt: new Date(), configs: configs.all });
  }

  async function writeSoon(): Promise<void> {
    while (isDirty) {
      await sleep(GATHER_MS);
      // Without the file the edge serves on; only a start without the control plane would miss it.
      await write().catch((error: unknown) => log.error({ err: error }, 'last-known-good file not written'));
    }
    writing = undefined;
  }

  return {
    found,
    changed() {
      isDirty = true;
      writing ??= writeSoon();
    },
    async [Symbol.asyncDispose]() {
      await writing;
    },
  };
}

async function load(path: string, configs: Configs, log: Logger): Promise<boolean> {
  try {
    const known = await readLastKnownGood(path);
    if (!known) return false;
    for (const config of known.configs) configs.take(config);
    const ageSeconds = Math.round((Date.now() - known.writtenAt.getTime()) / 1000);
    log.info(
      { ageSeconds, domains: known.configs.length, version: `${configs.version}` },
      'serving last-known-good config',
    );
    return true;
  } catch (error) {
    log.error({ err: error }, 'last-known-good file not usable');
    return false;
  }
}
