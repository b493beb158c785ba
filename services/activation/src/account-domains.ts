import type { DomainEvent, Recorded } from '@longwire/eventlog';

/** What activation reads of config's events; others pass by. */
type ConfigEvent = DomainEvent & { domainName?: string; accountId?: string; icpNumber?: string };

type Domain = { accountId: string; name: string; hasIcpNumber: boolean };

/** Which domains an account has, and whether they have an ICP number: a fold over the stream CONFIG. */
export class AccountDomains {
  readonly #bySubject = new Map<string, Domain>();
  readonly #byAccount = new Map<string, Set<Domain>>();

  fold({ subject, events }: Recorded<ConfigEvent>): void {
    for (const event of events) {
      switch (event.type) {
        case 'DomainAdded':
          this.#remove(subject);
          this.#add(subject, event);
          break;
        case 'IcpNumberSet':
          this.#declare(subject, event.icpNumber ?? '');
          break;
        case 'DomainRemoved':
          this.#remove(subject);
          break;
        default:
      }
    }
  }

  of(accountId: string): Domain[] {
    return [...(this.#byAccount.get(accountId) ?? [])];
  }

  #add(subject: string, { accountId = '', domainName = '' }: ConfigEvent): void {
    const domain = { accountId, name: domainName, hasIcpNumber: false };
    this.#bySubject.set(subject, domain);
    const domains = this.#byAccount.get(accountId) ?? new Set();
    this.#byAccount.set(accountId, domains.add(domain));
  }

  #declare(subject: string, icpNumber: string): void {
    const domain = this.#bySubject.get(subject);
    if (domain) domain.hasIcpNumber = icpNumber !== '';
  }

  #remove(subject: string): void {
    const domain = this.#bySubject.get(subject);
    if (!domain) return;
    this.#bySubject.delete(subject);
    this.#byAccount.get(domain.accountId)?.delete(domain);
  }
}
