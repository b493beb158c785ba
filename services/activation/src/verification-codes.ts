import { randomInt, timingSafeEqual } from 'node:crypto';
import { DomainError } from '@longwire/contracts';
import { isWrongLastSequence, withinBudget } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';
import type { Channel } from './events.ts';

/** A one-time code under its verification's id: read by the notifier, which sends it, and forgotten with the bucket's TTL. */
type Stored = {
  code: string;
  /** Whose contacts it is for: the id is chosen by the caller, who may choose the same for several accounts. */
  accountId: string;
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

  /**
   * Makes a code of six digits, unless the verification has one.
   * @throws DomainError ALREADY_EXISTS when the id has been used for another account, or for another way of reaching it.
   */
  async make(verificationId: string, about: Omit<Stored, 'code' | 'tries'>): Promise<void> {
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    const value = JSON.stringify({ ...about, code, tries: 0 } satisfies Stored);
    try {
      await withinBudget(budgetMs, (timeout) => this.#bucket.put(verificationId, value, { previousSeq: 0, timeout }));
    } catch (error) {
      if (!isWrongLastSequence(error)) throw error;
      const known = await this.#find(verificationId);
      if (known?.stored.accountId !== about.accountId || known.stored.channel !== about.channel) throw idTaken();
    }
  }

  /**
   * Compares a code with the one that was sent for this account. Each try is counted before it is judged, whoever else tries
   * meanwhile; where NATS does not say that it was counted it is counted again.
   */
  try(accountId: string, verificationId: string, code: string, now: Date): Promise<Outcome> {
    return withinBudget(budgetMs, async (timeout) => {
      for (;;) {
        const found = await this.#find(verificationId);
        if (found?.stored.accountId !== accountId || isOver(found.stored, now)) return { is: 'over' };
        const { stored, revision } = found;
        const tried = { ...stored, tries: stored.tries + 1 };
        const options = { previousSeq: revision, timeout };
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

  async #find(verificationId: string): Promise<{ stored: Stored; revision: number } | undefined> {
    const entry = await withinBudget(budgetMs, () => this.#bucket.get(verificationId));
    return entry?.operation === 'PUT' ? { stored: entry.json<Stored>(), revision: entry.revision } : undefined;
  }
}

function isOver({ expireTime, tries }: Stored, now: Date): boolean {
  return now >= new Date(expireTime) || tries >= mostTries;
}

function idTaken(): DomainError {
  const message = 'this request_id was used for another verification; use a new one';
  return new DomainError('ALREADY_EXISTS', 'VERIFICATION_EXISTS', message);
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
