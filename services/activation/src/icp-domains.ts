import type { DomainEvent, Recorded } from '@longwire/eventlog';

/** What activation reads of config's events; others pass by. */
type ConfigEvent = DomainEvent & { accountId?: string; icpNumber?: string };

/** Which accounts have a domain with an ICP number: a fold over the stream CONFIG. */
export class IcpDomains {
  readonly #domains = new Map<string, { accountId: string; icpNumber: string }>();

  fold({ subject, events }: Recorded<ConfigEvent>): void {
    for (const event of events) {
      switch (event.type) {
        case 'DomainAdded':
          this.#domains.set(subject, { accountId: event.accountId ?? '', icpNumber: '' });
          break;
        case 'IcpNumberSet':
          this.#declare(subject, event.icpNumber ?? '');
          break;
        case 'DomainRemoved':
          this.#domains.delete(subject);
          break;
        default:
      }
    }
  }

  has(accountId: string): boolean {
    return this.#domains.values().some((domain) => domain.accountId === accountId && domain.icpNumber !== '');
  }

  #declare(subject: string, icpNumber: string): void {
    const domain = this.#domains.get(subject);
    if (domain) domain.icpNumber = icpNumber;
  }
}
