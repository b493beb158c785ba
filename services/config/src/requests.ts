import { etag, pageSize, requestId } from '@longwire/service';
import { z } from 'zod';
import { normalizeDomainName } from './domain-name.ts';

/** What each request must look like; a violation is named to the caller as it stands here. */
const accountId = z.string().regex(/^(?:[a-z][a-z\d-]{1,38}[a-z\d])?$/, 'must be an account id');
const domainName = z.string().transform((text, context) => {
  const name = normalizeDomainName(text);
  if (name !== undefined) return name;
  context.addIssue('must be a domain name under a registrable domain, for example live.example.com or *.example.com');
  return z.NEVER;
});

const port = (standard: number) =>
  z
    .int()
    .min(0, 'must be a port, 1 to 65535')
    .max(65_535, 'must be a port, 1 to 65535')
    .transform((given) => given || standard);
const origin = z.object({
  host: z
    .string()
    .min(1, 'must not be empty')
    .max(253, 'must be a host name or an IP address')
    .transform((host) => host.toLowerCase()),
  httpPort: port(80),
  httpsPort: port(443),
});
const origins = z.array(origin).min(1, 'must name at least one origin').max(8, 'must name at most 8 origins');

/** As the ministry writes it: region, ICP备 or ICP证, number, 号, and the site's number where there is one. */
const icpNumber = z
  .string()
  .trim()
  .regex(
    /^(?:\p{Script=Han}{1,2}ICP[备证]\d{6,10}号(?:-\d{1,4})?)?$/u,
    'must be an ICP number, for example 京ICP备12345678号-1',
  );

const heartbeatTime = z
  .object({ seconds: z.bigint(), nanos: z.int() })
  .optional()
  .transform((duration, context) => {
    if (duration === undefined) return undefined;
    if (duration.nanos === 0 && duration.seconds >= 1n && duration.seconds <= 3600n) return Number(duration.seconds);
    context.addIssue('must be whole seconds, 1 s to 3600 s');
    return z.NEVER;
  });

const protocols = [undefined, 'follow', 'http', 'https'] as const;
const backToOriginProtocol = z
  .int()
  .refine((value) => value in protocols, 'must be FOLLOW, HTTP or HTTPS')
  .transform((value) => protocols[value]);

const change = { domainName, etag, requestId };
const paging = { pageSize, pageToken: z.string() };

export const addDomain = z.object({
  accountId,
  domainName,
  origins,
  icpNumber,
  http2Enabled: z.boolean(),
  requestId,
});
export const removeDomain = z.object(change);
export const getDomain = z.object({ domainName });
export const listDomains = z.object({ accountId, ...paging });
export const setOrigins = z.object({ ...change, origins });
export const setIcpNumber = z.object({ ...change, icpNumber });
export const setHttp2 = z.object({ ...change, enabled: z.boolean() });
export const enableWebSocket = z.object(change);
export const disableWebSocket = z.object(change);
export const updateWebSocketSettings = z.object({ ...change, heartbeatTime, backToOriginProtocol });
export const listHistory = z.object({ domainName, ...paging });
export const getRollout = z.object({ domainName });
