import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { invalidArgument } from '@longwire/contracts';
import type { FieldViolation } from '@longwire/contracts';
import { checkOriginHost, isForbiddenAddress } from '@longwire/origins';
import type { OriginAllow } from '@longwire/origins';
import type { Origin } from './domain-state.ts';

const lookupMs = 2_000;

/**
 * Refuses origins that point into a private network, by what they say and by what they resolve to now. A name that does
 * not resolve yet is let through: edges check the address at each connect.
 */
export async function checkOrigins(origins: Origin[], allow: OriginAllow): Promise<void> {
  const checks = origins.map(async ({ host }, index): Promise<FieldViolation[]> => {
    const description = checkOriginHost(host, allow) ?? (await checkAddresses(host, allow));
    return description === undefined ? [] : [{ field: `origins[${index}].host`, description }];
  });
  const violations = (await Promise.all(checks)).flat();
  if (violations.length > 0) throw invalidArgument(violations);
}

async function checkAddresses(host: string, allow: OriginAllow): Promise<string | undefined> {
  if (isIP(host)) return undefined;
  const late = AbortSignal.timeout(lookupMs);
  const addresses = await Promise.race([
    lookup(host, { all: true }).catch(() => []),
    new Promise<[]>((resolve) => late.addEventListener('abort', () => resolve([]))),
  ]);
  const forbidden = addresses.length > 0 && addresses.every(({ address }) => isForbiddenAddress(address, allow));
  return forbidden ? 'resolves to addresses that are not public' : undefined;
}
