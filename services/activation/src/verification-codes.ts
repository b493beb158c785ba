import { randomInt, timingSafeEqual } from 'node:crypto';
import { isWrongLastSequence, withinBudget } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';
import type { Channel } from './events.ts';

/** A one-time code under its verification's id: read by the notifier, which sends it, and forgotten with the bucket's TTL. */
type Stored = {
  code: string;
  channel: Channel;
  expireTime: string;
  /** The decision that set the contacts which the code is for. */
  contactsSequence: number;
  tries: number;
};

export type Outcome =
  | { is: 'right'; channel: Channel; contactsSequence: number }
  | { is: 'wrong'; triesLeft: number }
  /** It never was, is too old, or was tried too often. */
  | { is: 'over' };

/** How long a code is kept, in milliseconds: a little longer than it is good. */
export const codesTtlMs = 15 * 60_000;

const mostTries = 5;
const budgetMs = 15_000;

/** The KV bucket `verification-codes`. What NATS does not answer is UNAVAILABLE. */
export class VerificationCodes {
  readonly #bucket: KV;

  constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  /** Makes a code of six digits, unless the verification has one. */
  async make(verificationId: string, about: Omit<Stored, 'code' | 'tries'>): Promise<void> {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const value = JSON.stringify({ ...about, code, tries: 0 } satisfies Stored);
    try {
      await withinBudget(budgetMs, (timeout) => this.#bucket.put(verificationId, value, { previousSeq: 0, timeout }));
    } catch (error) {
      if (!isWrongLastSequence(error)) throw error;
    }
  }

  /**
   * Compares a code with the one that was sent. Each try is counted before it is judged, whoever else tries meanwhile; where
   * NATS does not say that it was counted it is counted again.
   */
  try(verificationId: string, code: string, now: Date): Promise<Outcome> {
    return withinBudget(budgetMs, async (timeout) => {
      for (;;) {
        const entry = await this.#bucket.get(verificationId);
        const stored = entry?.operation === 'PUT' ? entry.json<Stored>() : undefined;
        if (!entry || !stored || now >= new Date(stored.expireTime) || stored.tries >= mostTries) return { is: 'over' };
        const tried = { ...stored, tries: stored.tries + 1 };
        const options = { previousSeq: entry.revision, timeout };
        try {
          await this.#bucket.put(verificationId, JSON.stringify(tried), options);
        } catch (error) {
          if (isWrongLastSequence(error)) continue;
          throw error;
        }
        if (isSame(code, stored.code)) return { is: 'right', ...stored };
        return tried.tries < mostTries ? { is: 'wrong', triesLeft: mostTries - tried.tries } : { is: 'over' };
      }
    });
  }
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
