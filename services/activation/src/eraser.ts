import type { Part } from '@longwire/service';
import { noContacts } from './contacts.ts';
import type { ContactBook } from './contacts.ts';
import type { AccountView } from './read-model.ts';
import { Waker } from './waker.ts';

const longestSleepMs = 60_000;
const retryMs = 1_000;

/**
 * Erases the contacts of every account whose log says so, also where the process that wrote it was killed before it could.
 * Repeating it does nothing, and contacts that were given since stay.
 */
export class Eraser implements Part {
  readonly #contacts: ContactBook;
  readonly #onRetry: (error: unknown) => void;
  readonly #waker = new Waker();
  readonly #asked = new Set<AccountView>();

  constructor(contacts: ContactBook, onRetry: (error: unknown) => void) {
    this.#contacts = contacts;
    this.#onRetry = onRetry;
  }

  /** Called with each account as the log is folded. */
  changed(view: AccountView): void {
    if (!view.state.contactsErased) return;
    this.#asked.add(view);
    this.#waker.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const sleepMs = await this.#eraseAll(signal).catch((error: unknown) => {
        this.#onRetry(error);
        return retryMs;
      });
      await this.#waker.sleep(sleepMs, signal);
    }
  }

  async #eraseAll(signal: AbortSignal): Promise<number> {
    for (const view of this.#asked) {
      if (signal.aborted) break;
      const { contactsSequence } = view;
      if (view.state.contactsErased) await this.#contacts.write(view.accountId, noContacts, contactsSequence);
      if (view.contactsSequence === contactsSequence) this.#asked.delete(view);
    }
    return longestSleepMs;
  }
}
