import { randomUUID } from 'node:crypto';
import type { PromiseClient } from '@longwire/contracts';
import { EdgePolicy, Origin } from '@longwire/contracts/config/v1/domain';
import type { DomainServiceService, HistoryEntry } from '@longwire/contracts/config/v1/domain_service';
import { origin } from './world.ts';

type Domains = PromiseClient<typeof DomainServiceService>;
export type Rpc = keyof typeof DomainServiceService;
export type Target = { domainName: string; accountId: string; version: bigint };
type Change = { domainName: string; etag: string; requestId: string };

/** Calls of the RPCs that change a domain which is there. */
export const changes = {
  removeDomain: (domains, request) => domains.removeDomain(request),
  verifyOwnership: (domains, request) => domains.verifyOwnership(request),
  confirmOwnership: (domains, request) => domains.confirmOwnership(request),
  setOrigins: (domains, request) => domains.setOrigins({ ...request, origins: [{ ...origin, weight: 7 }] }),
  setIcpNumber: (domains, request) => domains.setIcpNumber({ ...request, icpNumber: '京ICP备12345678号' }),
  setHttp2: (domains, request) => domains.setHttp2({ ...request, enabled: true }),
  enableWebSocket: (domains, request) => domains.enableWebSocket(request),
  disableWebSocket: (domains, request) => domains.disableWebSocket(request),
  updateWebSocketSettings: (domains, request) =>
    domains.updateWebSocketSettings({ ...request, heartbeatTime: { seconds: 30n, nanos: 0 } }),
  declareHeartbeats: (domains, request) =>
    domains.declareHeartbeats({ ...request, clientHeartbeat: { seconds: 20n, nanos: 0 } }),
  updateEdgePolicy: (domains, request) =>
    domains.updateEdgePolicy({ ...request, edgePolicy: EdgePolicy.create({ maxConnections: 5 }) }),
  restoreVersion: (domains, request, { version }) => domains.restoreVersion({ ...request, version }),
} satisfies Partial<Record<Rpc, (domains: Domains, request: Change, target: Target) => Promise<object>>>;

/** The others: they read, or need no domain. */
const others = {
  addDomain: (domains, _, { accountId }) =>
    domains.addDomain({ accountId, domainName: freshName(), origins: [Origin.create(origin)] }),
  getDomain: (domains, { domainName }) => domains.getDomain({ domainName }),
  listDomains: (domains, _, { accountId }) => domains.listDomains({ accountId }),
  listHistory: (domains, { domainName }) => domains.listHistory({ domainName }),
  getDomainVersion: (domains, { domainName }, { version }) => domains.getDomainVersion({ domainName, version }),
  compareVersions: (domains, { domainName }, { version }) =>
    domains.compareVersions({ domainName, fromVersion: version }),
  getRollout: (domains, { domainName }) => domains.getRollout({ domainName }),
  watch: async (domains, _, { accountId }) => {
    for await (const first of domains.watch({ accountId })) return first;
    return {};
  },
} satisfies Partial<Record<Rpc, (domains: Domains, request: Change, target: Target) => Promise<object>>>;

/** A right call of each RPC. The compiler sees that none is missing. */
export const rpcs: Record<Rpc, (domains: Domains, request: Change, target: Target) => Promise<object>> = {
  ...changes,
  ...others,
};

export function freshName(): string {
  return `n${randomUUID().slice(0, 13)}.acme.test`;
}

export const typesOf = (entries: HistoryEntry[]) => entries.map(({ type }) => type);
