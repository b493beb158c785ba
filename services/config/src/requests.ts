import { etag, pageSize, requestId } from '@longwire/service';
import { z } from 'zod';
import { edgePolicy, updateMask } from './policy-request.ts';
import {
  accountId,
  choice,
  domainName,
  icpNumber,
  origins,
  version,
  versionOrPresent,
  wholeSeconds,
} from './request-fields.ts';

/** What each request must look like. */
const heartbeatTime = wholeSeconds(1n, 3600n).optional();
const declaredHeartbeat = wholeSeconds(1n, 86_400n).default(0);
const backToOriginProtocol = choice([undefined, 'follow', 'http', 'https'] as const, 'FOLLOW, HTTP or HTTPS');

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
/** Of all commands that name a domain and nothing else. */
export const changeDomain = z.object(change);
export const getDomain = z.object({ domainName });
export const listDomains = z.object({ accountId, ...paging });
export const setOrigins = z.object({ ...change, origins });
export const setIcpNumber = z.object({ ...change, icpNumber });
export const setHttp2 = z.object({ ...change, enabled: z.boolean() });
export const updateWebSocketSettings = z.object({ ...change, heartbeatTime, backToOriginProtocol });
export const declareHeartbeats = z.object({
  ...change,
  clientHeartbeat: declaredHeartbeat,
  originHeartbeat: declaredHeartbeat,
});
export const updateEdgePolicy = z.object({ ...change, edgePolicy, updateMask });
export const listHistory = z.object({ domainName, ...paging });
export const getDomainVersion = z.object({ domainName, version });
export const compareVersions = z.object({ domainName, fromVersion: version, toVersion: versionOrPresent });
export const restoreVersion = z.object({ ...change, version });
export const getRollout = z.object({ domainName, version: versionOrPresent });
export const watch = z.object({ accountId, resumeToken: z.string() });
