import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, Part } from '@longwire/service';
import { decisionsIn, isMissed } from './decisions.ts';
import type { Entry } from './list.ts';

const longestPauseMs = 30_000;
/** What was missed longer ago has been alarmed about before. */
const alarmedAboutMs = 7 * 24 * 3_600_000;

export type WatchOptions = {
  entries: () => Iterable<Entry>;
  /** Resolves when all that was in the log at the start is among the entries; before, what was told would seem untold. */
  ready: Promise<void>;
  /** Milliseconds within which a decision is to be told. */
  limitMs: number;
  /** Told how many decisions are untold although it is too late, at each look. */
  onLook: (untold: number) => void;
  logger: Logger;
};

/** Alarms, once each, about decisions that were not told in time; after a restart once more about those still untold. */
export function watchTellings({ entries, ready, limitMs, onLook, logger }: WatchOptions): Part {
  const alarmed = new Set<string>();

  function look(now: Date): void {
    const since = now.getTime() - limitMs - alarmedAboutMs;
    const untold = decisionsIn(entries()).filter(
      (decision) => !decision.toldTime && decision.causeTime.getTime() > since && isMissed(decision, limitMs, now),
    );
    onLook(untold.length);
    for (const { key, accountId, causeTime } of untold) {
      if (alarmed.has(key)) continue;
      alarmed.add(key);
      logger.error({ decision: key, accountId, causeTime }, 'a decision was not told in time');
    }
  }

  return {
    async run(signal) {
      await ready.catch(() => {}); // what hinders it ends the process by itself
      while (!signal.aborted) {
        look(new Date());
        await sleep(Math.min(limitMs / 4, longestPauseMs), undefined, { signal }).catch(() => {});
      }
    },
  };
}
