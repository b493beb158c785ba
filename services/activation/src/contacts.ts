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
    const { name, phoneNumber, email } = (await this.#entry(accountId))?.stored ?? noContacts;
    return { name, phoneNumber, email };
  }

  /** Stores what the decision with this sequence set, unless a later one was stored already. Repeating it does nothing. */
  async write(accountId: string, contacts: Contacts, sequence: number): Promise<void> {
    const present = await this.#entry(accountId);
    if (present && present.stored.sequence >= sequence) return;
    const value = JSON.stringify({ ...contacts, sequence } satisfies Stored);
    await this.#bucket.update(accountId, value, present?.revision ?? 0);
  }

  async #entry(accountId: string): Promise<{ stored: Stored; revision: number } | undefined> {
    const entry = await this.#bucket.get(accountId);
    return entry?.operation === 'PUT' ? { stored: entry.json<Stored>(), revision: entry.revision } : undefined;
  }
}
