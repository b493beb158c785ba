import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { normalizeDomainName } from './domain-name.ts';
import { normalizeCertificates } from './certificates.ts';

/** The fields of requests; a violation is named to the caller as it stands here. */
export const accountId = z.string().regex(/^(?:[a-z][a-z\d-]{1,38}[a-z\d])?$/, 'must be an account id');

export const domainName = z.string().transform((text, context) => {
  const name = normalizeDomainName(text);
  if (name !== undefined) return name;
  context.addIssue('must be a domain name under a registrable domain, for example live.example.com or *.example.com');
  return z.NEVER;
});

/** As the ministry writes it: region, ICP备 or ICP证, number, 号, and the site's number where there is one. */
export const icpNumber = z
  .string()
  .trim()
  .regex(
    /^(?:\p{Script=Han}{1,2}ICP[备证]\d{6,10}号(?:-\d{1,4})?)?$/u,
    'must be an ICP number, for example 京ICP备12345678号-1',
  );

const latestVersion = BigInt(Number.MAX_SAFE_INTEGER);

/** A version of a domain's history. */
export const version = z
  .bigint()
  .min(1n, 'must be a version of the domain')
  .max(latestVersion, 'must be a version of the domain')
  .transform(Number);

/** The same, 0 being the present one. */
export const versionOrPresent = z
  .bigint()
  .min(0n, 'must be a version of the domain')
  .max(latestVersion, 'must be a version of the domain')
  .transform(Number);

/** A duration of whole seconds within bounds, as a number. */
export function wholeSeconds(least: bigint, most: bigint) {
  return z.object({ seconds: z.bigint(), nanos: z.int() }).transform(({ seconds, nanos }, context) => {
    if (nanos === 0 && seconds >= least && seconds <= most) return Number(seconds);
    context.addIssue(`must be whole seconds, ${least} s to ${most} s`);
    return z.NEVER;
  });
}

/** An enum of the contract as the word that stands for it here; 0 is unspecified. */
export function choice<Word extends string | undefined>(words: readonly Word[], names: string) {
  return z.int().transform((value, context): Word => {
    if (value in words) return words[value] as Word;
    context.addIssue(`must be ${names}`);
    return z.NEVER;
  });
}

const port = (standard: number) =>
  z
    .int()
    .min(0, 'must be a port, 1 to 65535')
    .max(65_535, 'must be a port, 1 to 65535')
    .transform((given) => given || standard);

/** A Host field (RFC 9110, section 7.2): a name or an address, and a port where it is not the scheme's own. */
const hostField =
  /^(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?(?:\.[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?)*|\[(?<ipv6>[\da-f:.]+)\])(?::(?<port>\d{1,5}))?$/;

/** Edges refuse a domain as a whole whose Host no origin would take. */
function isHostField(text: string): boolean {
  const { ipv6, port = '80' } = hostField.exec(text)?.groups ?? { port: '0' };
  return Number(port) >= 1 && Number(port) <= 65_535 && (ipv6 === undefined || isIPv6(ipv6));
}

const caCertificates = z.string().transform((text, context) => {
  const { certificates, problem } = normalizeCertificates(text);
  if (problem === undefined) return certificates;
  context.addIssue(problem);
  return z.NEVER;
});

const origin = z
  .object({
    host: z
      .string()
      .min(1, 'must not be empty')
      .max(253, 'must be a host name or an IP address')
      .transform((host) => host.toLowerCase()),
    httpPort: port(80),
    httpsPort: port(443),
    weight: z.int().min(0, 'must be 0 to 1000').max(1000, 'must be 0 to 1000'),
    hostHeader: z
      .string()
      .max(259, 'must be a host name, with a port where needed')
      .transform((host) => host.toLowerCase())
      .refine((host) => host === '' || isHostField(host), 'must be a host name, with a port where needed'),
    tlsVerification: choice(['full', 'full', 'none'] as const, 'FULL or NONE'),
    caCertificates,
  })
  .refine(({ tlsVerification, caCertificates: ca }) => tlsVerification === 'full' || ca === '', {
    path: ['caCertificates'],
    error: 'are of no use where nothing is verified',
  });

export const origins = z.array(origin).min(1, 'must name at least one origin').max(8, 'must name at most 8 origins');
