import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { valuesOf } from './fields.ts';
import { refusal, type Refusal } from './refusal.ts';
import type { Request, Upgrade } from './request.ts';

const OTHER_ORIGIN = refusal(403, 'this Origin may not connect to this domain');
const OTHER_SUBPROTOCOL = refusal(403, 'a subprotocol that is offered is not allowed for this domain');

/** Why a handshake that is in order is not one that its domain allows; undefined when it is. */
export function whyNotAllowed(config: DomainConfig, { fields }: Request, upgrade: Upgrade): Refusal | undefined {
  const { allowedOrigins, allowedSubprotocols } = config;
  if (allowedOrigins.length > 0) {
    const allowed = new Set(allowedOrigins.map(asCompared));
    const isAllowed = (origin: string) => allowed.has(origin) || allowed.has(origin.replace(/:\/\/[^./:]+/, '://*'));
    // Two fields, or a list in one, are no origin.
    if (!valuesOf(fields, 'origin').every((origin, index) => index === 0 && isAllowed(asCompared(origin)))) {
      return OTHER_ORIGIN;
    }
  }
  if (allowedSubprotocols.length === 0) return undefined;
  return upgrade.protocols.every((protocol) => allowedSubprotocols.includes(protocol)) ? undefined : OTHER_SUBPROTOCOL;
}

/** Scheme and host in lower case, without the port that the scheme has anyway (RFC 6454, section 6.2). */
function asCompared(origin: string): string {
  const lower = origin.toLowerCase();
  if (lower.startsWith('https://')) return lower.replace(/:443$/, '');
  return lower.startsWith('http://') ? lower.replace(/:80$/, '') : lower;
}
