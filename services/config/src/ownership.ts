import { createHash } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { DomainError } from '@longwire/contracts';

/** The TXT record that proves that a name is an account's. */
export type Challenge = { name: string; value: string };

/** The values of the TXT records that were found. */
export type Found = readonly string[];

/**
 * The record that an account must publish for a name, a wildcard at the name under it. It follows from both, so that it can
 * be told before anything is stored, and stays when the domain is added again. It is no secret: whoever can publish it is the owner.
 */
export function challengeOf(domainName: string, accountId: string): Challenge {
  const base = domainName.replace(/^\*\./, '');
  const token = createHash('sha256').update(`longwire ownership\n${accountId}\n${base}`).digest('hex').slice(0, 32);
  return { name: `_longwire-challenge.${base}`, value: `longwire-verification=${token}` };
}

/** What the caller must publish, and what is there instead. */
export function unproven({ name, value }: Challenge, found: Found, reason: string): DomainError {
  const seen = found.length === 0 ? 'no such record' : shown(found);
  const whose = reason === 'DOMAIN_CLAIMED' ? 'another account has added this domain without proof; ' : '';
  const what = `publish the DNS record ${name} TXT "${value}" and try again; found: ${seen}`;
  return new DomainError('FAILED_PRECONDITION', reason, `${whose}${what}`, {
    metadata: { record_name: name, record_value: value, found: seen },
  });
}

/** Anyone may write anything there: so much is enough to see what it is. */
const shownRecords = 5;
const shownCharacters = 100;

function shown(found: Found): string {
  const some = found.slice(0, shownRecords).map((text) => JSON.stringify(text.slice(0, shownCharacters)));
  const more = found.length > shownRecords ? [`and ${found.length - shownRecords} more`] : [];
  return [...some, ...more].join(', ');
}

const timeoutMs = 2_000;

/**
 * The TXT records of a name as the DNS has them now.
 * @param servers addresses of resolvers, host:port; none means those of the system
 * @throws UNAVAILABLE when they do not answer, or fail
 */
export async function lookUpTxt(name: string, servers: readonly string[]): Promise<Found> {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  try {
    return (await resolver.resolveTxt(name)).map((parts) => parts.join(''));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw new DomainError(
      'UNAVAILABLE',
      'DNS_UNAVAILABLE',
      `the DNS gave no answer about ${name} TXT (${code}); try again`,
    );
  }
}
