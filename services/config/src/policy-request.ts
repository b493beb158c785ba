import { domainToASCII } from 'node:url';
import { EdgePolicy as EdgePolicyMessage } from '@longwire/contracts/config/v1/domain';
import { z } from 'zod';
import { noPolicy } from './edge-policy.ts';
import type { EdgePolicy } from './edge-policy.ts';
import { choice, wholeSeconds } from './request-fields.ts';

const mostBytes = 2n ** 40n;
const bytes = z.bigint().min(0n, 'must be 0 to 1 TiB').max(mostBytes, 'must be 0 to 1 TiB').transform(Number);
const count = z.int().min(0, 'must be 0 to 1000000').max(1_000_000, 'must be 0 to 1000000');

/** RFC 9110, section 5.6.2: what RFC 6455 asks of a subprotocol's name. */
const token = /^[!#$%&'*+\-.^_`|~\dA-Za-z]{1,64}$/;

const allowedOrigin = z.string().transform((text, context) => {
  const origin = normalizeOrigin(text);
  if (origin !== undefined) return origin;
  context.addIssue('must be a web origin, for example https://app.example.com or https://*.example.com');
  return z.NEVER;
});

const policy = z.object({
  relayMode: choice(['tunnel', 'tunnel', 'strict'] as const, 'TUNNEL or STRICT'),
  maxFrameBytesFromClient: bytes,
  maxFrameBytesFromOrigin: bytes,
  maxMessageBytesFromClient: bytes,
  maxMessageBytesFromOrigin: bytes,
  maxConnections: count,
  maxHandshakesPerSecond: count,
  maxBytesPerSecond: bytes,
  allowedOrigins: distinct(z.array(allowedOrigin).max(100, 'must be at most 100')),
  allowedSubprotocols: distinct(
    z.array(z.string().regex(token, 'must be a token of RFC 9110')).max(32, 'must be at most 32'),
  ),
  pingInterval: wholeSeconds(0n, 3600n).default(0),
}) satisfies z.ZodType<EdgePolicy>;

const fields = new Map(
  Object.keys(noPolicy).map((field) => [field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), field]),
);

/** The fields to set, by their names here; none given means all. */
export const updateMask = z
  .array(z.string())
  .default([])
  .transform((paths, context) => {
    const unknown = paths.filter((path) => !fields.has(path));
    if (unknown.length > 0)
      context.addIssue(`must name fields of the policy (${[...fields.keys()].join(', ')}); not ${unknown.join(', ')}`);
    return new Set(paths.length === 0 ? fields.values() : paths.flatMap((path) => fields.get(path) ?? []));
  });

export const edgePolicy = z.preprocess((given) => given ?? EdgePolicyMessage.create(), policy);

/** What of a policy is to be set. */
export function masked(given: EdgePolicy, mask: ReadonlySet<string>): Partial<EdgePolicy> {
  return Object.fromEntries(Object.entries(given).filter(([field]) => mask.has(field)));
}

function distinct<Entry>(list: z.ZodType<Entry[]>) {
  return list.refine((entries) => new Set(entries).size === entries.length, 'must name each one once');
}

/** Of a host name (RFC 1035, section 2.3.4). */
const longestName = 253;

/** A web origin (RFC 6454) as browsers write it; the first label may be `*`. Undefined when it is none. */
function normalizeOrigin(text: string): string | undefined {
  const [, scheme = '', wildcard = '', host = '', port = ''] =
    /^(https?):\/\/(\*\.)?([^\s/?#@:*\\[\]]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const name = host.startsWith('[') ? host.toLowerCase() : domainToASCII(host);
  const url = URL.parse(`${scheme.toLowerCase()}://${name}${port === '' ? '' : `:${port}`}`);
  if (scheme === '' || name === '' || name.length > longestName || url === null) return undefined;
  return `${url.protocol}//${wildcard}${url.host}`;
}
