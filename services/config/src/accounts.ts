import type { DomainEvent, Recorded } from '@longwire/eventlog';
import { noLimits } from './edge-policy.ts';
import type { Limits } from './edge-policy.ts';

const subjectPrefix = 'activation.account.';

/** What an account may do with its domains. */
export type AccountRights = {
  /** WebSocket was approved. */
  activated: boolean;
  limits: Limits;
  /** Why it is suspended, if it is. */
  suspension: string | undefined;
  /** Stream sequence of the last decision about any of these; 0 before the first. */
  sequence: number;
};

export const noRights: AccountRights = { activated: false, limits: noLimits, suspension: undefined, sequence: 0 };

/** What config reads of activation's events; others pass by. */
type ActivationEvent = DomainEvent & { limits?: Limits; reason?: string };

/** The accounts that exist and their rights: a fold over the stream ACTIVATION. */
export class Accounts {
  readonly #rights = new Map<string, AccountRights>();

  /** Folds one decision, and returns the account whose rights it changed. */
  fold({ subject, sequence, events }: Recorded<ActivationEvent>): string | undefined {
    if (!subject.startsWith(subjectPrefix)) return undefined;
    const accountId = subject.slice(subjectPrefix.length);
    const before = this.rightsOf(accountId);
    const after = events.reduce(evolve, before);
    this.#rights.set(accountId, after === before ? before : { ...after, sequence });
    return after === before ? undefined : accountId;
  }

  has(accountId: string): boolean {
    return this.#rights.has(accountId);
  }

  rightsOf(accountId: string): AccountRights {
    return this.#rights.get(accountId) ?? noRights;
  }
}

function evolve(rights: AccountRights, event: ActivationEvent): AccountRights {
  switch (event.type) {
    case 'ApplicationApproved':
      return { ...rights, activated: true, limits: event.limits ?? noLimits };
    case 'EntitlementSuspended':
      return { ...rights, suspension: event.reason ?? '' };
    case 'EntitlementReinstated':
      return { ...rights, suspension: undefined };
    default:
      return rights;
  }
}
