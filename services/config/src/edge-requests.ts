import { parseAddressRanges } from '@longwire/origins';
import { z } from 'zod';
import { normalizeDomainName } from './domain-name.ts';

/** What a Close frame holds besides its code (RFC 6455, section 5.5.1). */
const longestReason = 123;
const defaultCode = 1001;

const duration = z.union([
  z.undefined(),
  z.object({ seconds: z.bigint().min(0n, 'must not be negative'), nanos: z.int().min(0, 'must not be negative') }),
]);

const domainName = z.string().transform((text, context) => {
  const name = text === '' ? '' : normalizeDomainName(text);
  if (name !== undefined) return name;
  context.addIssue('must be a domain name');
  return z.NEVER;
});

const clientAddress = z.string().refine((text) => {
  try {
    parseAddressRanges(text);
    return !text.includes(',');
  } catch {
    return false;
  }
}, 'must be an IP address or a CIDR range');

const filter = z.object({
  accountId: z.string().max(40, 'must be an account id'),
  domainName,
  edgeId: z.string().regex(/^[\w-]{0,64}$/, 'must be an edge id'),
  connectionIds: z.array(z.string().min(1).max(64)).max(1000, 'must be 1000 at most'),
  clientAddress,
  minAge: duration,
  minIdle: duration,
});

const everything = {
  accountId: '',
  domainName: '',
  edgeId: '',
  connectionIds: [],
  clientAddress: '',
  minAge: undefined,
  minIdle: undefined,
};

const narrowFilter = filter.refine(
  ({ domainName, edgeId, connectionIds, clientAddress }) =>
    domainName !== '' || edgeId !== '' || connectionIds.length > 0 || clientAddress !== '',
  'must name a domain, an edge, connections or a client address',
);

/** Codes that an endpoint may send and that say nothing false of the peers (RFC 6455, section 7.4). */
const isCloseCode = (code: number) =>
  [1000, 1001, 1008, 1011, 1012, 1013, 1014].includes(code) || (code >= 3000 && code <= 4999);

export const listConnections = z.object({
  filter: filter.default(everything),
  limit: z
    .int()
    .min(0, 'must not be negative')
    .transform((limit) => Math.min(limit || 100, 1000)),
});

export const closeConnections = z.object({
  filter: z.preprocess((given) => given ?? everything, narrowFilter),
  code: z
    .int()
    .transform((code) => code || defaultCode)
    .refine(isCloseCode, 'must be 1000, 1001, 1008, 1011 to 1014, or 3000 to 4999'),
  reason: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= longestReason, `must be at most ${longestReason} bytes of UTF-8`),
});
