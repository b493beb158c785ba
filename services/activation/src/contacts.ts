import { invalidArgument } from '@longwire/contracts';
import type { DomainError } from '@longwire/contracts';
import { isWrongLastSequence, withinBudget } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';
import type { Channel, Language } from './events.ts';

/** How the people of an account are reached. Personal data: it stands here, under the account's id, and in no event. */
export type Contacts = { name: string; phoneNumber: string; email: string };

/** Contacts and language each with a stream sequence, so that what was decided before it never wins. */
type Stored = Contacts & {
  sequence: number;
  /** Where contacts were proved since they were set: the decision that set them, as long as `sequence` is this one. */
  pinned?: { sequence: number; setBy: number };
  language?: Language;
  languageSequence?: number;
};

export const noContacts: Contacts = { name: '', phoneNumber: '', email: '' };

/** Where somebody is reached this way; empty where there is no such address. */
export function addressOf({ phoneNumber, email }: Contacts, channel: Channel): string {
  return channel === 'sms' ? phoneNumber : email;
}

const budgetMs = 15_000;

/** The KV bucket `contacts`. What NATS does not answer is UNAVAILABLE. */
export class ContactBook {
  readonly #bucket: KV;

  constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  /** An account's contacts, empty where there are none, and the sequence of the decision that set them. */
  async read(accountId: string): Promise<{ contacts: Contacts; sequence: number }> {
    const { stored } = await this.#entry(accountId);
    const { name, phoneNumber, email } = stored;
    return { contacts: { name, phoneNumber, email }, sequence: setBy(stored) };
  }

  /**
   * Stores what the decision with this sequence set, unless a later one was stored already. Repeating it does nothing.
   * @param verified the ways whose addresses are verified, and so did not change with this decision: a repeat that carries others
   * is refused with INVALID_ARGUMENT
   */
  write(accountId: string, contacts: Contacts, sequence: number, verified: readonly Channel[] = []): Promise<void> {
    return this.#change(accountId, (stored) => {
      if (sequence <= stored.sequence) return stored;
      if (verified.some((channel) => addressOf(contacts, channel) !== addressOf(stored, channel)))
        throw otherContacts();
      return { ...stored, ...contacts, sequence };
    });
  }

  setLanguage(accountId: string, language: Language, sequence: number): Promise<void> {
    return this.#change(accountId, (stored) =>
      sequence > (stored.languageSequence ?? 0) ? { ...stored, language, languageSequence: sequence } : stored,
    );
  }

  /**
   * Makes the contacts that the decision `setter` set at least as new as `asOf`: an update between the two that comes late, or
   * again, no longer replaces them. False when others have taken their place already.
   */
  async pin(accountId: string, setter: number, asOf: number): Promise<boolean> {
    let isPinned = false;
    await this.#change(accountId, (stored) => {
      isPinned = setBy(stored) === setter;
      const sequence = Math.max(stored.sequence, asOf);
      return isPinned ? { ...stored, sequence, pinned: { sequence, setBy: setter } } : stored;
    });
    return isPinned;
  }

  async #change(accountId: string, change: (stored: Stored) => Stored): Promise<void> {
    await withinBudget(budgetMs, async (timeout) => {
      for (;;) {
        const { stored, revision } = await this.#entry(accountId);
        const next = change(stored);
        if (JSON.stringify(next) === JSON.stringify(stored)) return;
        try {
          await this.#bucket.put(accountId, JSON.stringify(next), { previousSeq: revision, timeout });
          return;
        } catch (error) {
          // Somebody else wrote the key between our reading and writing it.
          if (!isWrongLastSequence(error)) throw error;
        }
      }
    });
  }

  async #entry(accountId: string): Promise<{ stored: Stored; revision: number }> {
    const entry = await withinBudget(budgetMs, () => this.#bucket.get(accountId));
    return {
      stored: entry?.operation === 'PUT' ? entry.json<Stored>() : { ...noContacts, sequence: 0 },
      revision: entry?.revision ?? 0,
    };
  }
}

function setBy({ sequence, pinned }: Stored): number {
  return pinned?.sequence === sequence ? pinned.setBy : sequence;
}

function otherContacts(): DomainError {
  return invalidArgument([{ field: 'request_id', description: 'was used for other contacts; use a new one' }]);
}
