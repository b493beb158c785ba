import { isWrongLastSequence } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';

/** How the people of an account are reached. Personal data: it stands here, under the account's id, and in no event. */
export type Contacts = { name: string; phoneNumber: string; email: string };

/** Contacts with the stream sequence of the decision that set them, so that an older one never wins. */
type Stored = Contacts & { sequence: number };

export const noContacts: Contacts = { name: '', phoneNumber: '', email: '' };

/** The KV bucket `contacts`. */
export class ContactBook {
  readonly #bucket: KV;

  constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  async read(accountId: string): Promise<Contacts> {
    const { name, phoneNumber, email } = (await this.#entry(accountId)).stored ?? noContacts;
    return { name, phoneNumber, email };
  }

  /** Stores what the decision with this sequence set, unless a later one was stored already. Repeating it does nothing. */
  async write(accountId: string, contacts: Contacts, sequence: number): Promise<void> {
    const value = JSON.stringify({ ...contacts, sequence } satisfies Stored);
    for (;;) {
      const { stored, revision } = await this.#entry(accountId);
      if (stored && stored.sequence >= sequence) return;
      try {
        await this.#bucket.put(accountId, value, { previousSeq: revision });
        return;
      } catch (error) {
        // Somebody else wrote the key between our reading and writing it.
        if (!isWrongLastSequence(error)) throw error;
      }
    }
  }

  async #entry(accountId: string): Promise<{ stored: Stored | undefined; revision: number }> {
    const entry = await this.#bucket.get(accountId);
    return {
      stored: entry?.operation === 'PUT' ? entry.json<Stored>() : undefined,
      revision: entry?.revision ?? 0,
    };
  }
}
