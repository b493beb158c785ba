import type { DomainEvent, Recorded } from '@longwire/eventlog';

const subjectPrefix = 'activation.account.';

/** Which accounts may enable WebSocket: a fold over the stream ACTIVATION. */
export class Entitlements {
  readonly #accounts = new Set<string>();

  fold({ subject, events }: Recorded<DomainEvent>): void {
    if (events.some(({ type }) => type === 'ApplicationApproved'))
      this.#accounts.add(subject.slice(subjectPrefix.length));
  }

  has(accountId: string): boolean {
    return this.#accounts.has(accountId);
  }
}
