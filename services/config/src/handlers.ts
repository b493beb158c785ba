import { callerOf, requireAccount } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Call, Handlers } from '@longwire/contracts';
import type { Domain } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { parseRequest } from '@longwire/service';
import {
  carryOut,
  knownAccounts,
  lookUpAgainstClaim,
  requireDomain,
  requireRights,
  requireUncovered,
  requireVisible,
} from './context.ts';
import type { Context } from './context.ts';
import type { DomainCommand } from './domain.ts';
import { checkOrigins } from './origin-check.ts';
import { challengeOf, lookUpTxt } from './ownership.ts';
import { masked } from './policy-request.ts';
import { domainReads } from './read-handlers.ts';
import * as requests from './requests.ts';
import { atVersion } from './versions.ts';

const rpcs = DomainServiceService;
const readers = ['customer', 'reviewer', 'operator'] as const;
const writers = ['customer', 'operator'] as const;

export const policy: Policy = {
  [rpcs.addDomain.path]: writers,
  [rpcs.removeDomain.path]: writers,
  [rpcs.getDomain.path]: readers,
  [rpcs.listDomains.path]: readers,
  [rpcs.verifyOwnership.path]: writers,
  [rpcs.confirmOwnership.path]: ['reviewer'],
  [rpcs.setOrigins.path]: writers,
  [rpcs.setIcpNumber.path]: writers,
  [rpcs.setHttp2.path]: writers,
  [rpcs.enableWebSocket.path]: writers,
  [rpcs.disableWebSocket.path]: writers,
  [rpcs.updateWebSocketSettings.path]: writers,
  [rpcs.declareHeartbeats.path]: writers,
  [rpcs.updateEdgePolicy.path]: writers,
  [rpcs.listHistory.path]: readers,
  [rpcs.getDomainVersion.path]: readers,
  [rpcs.compareVersions.path]: readers,
  [rpcs.restoreVersion.path]: writers,
  [rpcs.getRollout.path]: readers,
  [rpcs.watch.path]: readers,
};

export function domainHandlers(context: Context): Handlers<typeof DomainServiceService> {
  const { originAllow, dnsServers } = context;

  /** A change of a domain that the caller may see. Whether it is there still is for the aggregate to say: a repeat may be late. */
  async function change(
    call: Call,
    request: { domainName: string; requestId: string; etag: string },
    command: DomainCommand,
  ): Promise<{ domain: Domain }> {
    const caller = callerOf(call.metadata);
    const { accountId } = requireVisible(context, caller, request.domainName).state;
    return { domain: await carryOut(context, { caller, accountId }, request, command) };
  }

  /** The account of a domain that the caller may see. */
  const accountOf = (call: Call, { domainName }: { domainName: string }) =>
    requireVisible(context, callerOf(call.metadata), domainName).state.accountId;

  return {
    ...domainReads(context),

    async addDomain(message, { metadata }) {
      const caller = callerOf(metadata);
      const request = parseRequest(requests.addDomain, message);
      const accountId = requireAccount(caller, request.accountId);
      await checkOrigins(request.origins, originAllow);
      const rights = await requireRights(context, accountId);
      await requireUncovered(context, accountId, request.domainName);
      const found = await lookUpAgainstClaim(context, accountId, request.domainName);
      const command = { ...request, type: 'AddDomain', accountId, rights, found } as const;
      return { domain: await carryOut(context, { caller, accountId }, request, command) };
    },

    async removeDomain(message, call) {
      await change(call, parseRequest(requests.changeDomain, message), { type: 'RemoveDomain' });
      return {};
    },

    async verifyOwnership(message, call) {
      const request = parseRequest(requests.changeDomain, message);
      const accountId = accountOf(call, request);
      const found = await lookUpTxt(challengeOf(request.domainName, accountId).name, dnsServers);
      return change(call, request, { type: 'VerifyOwnership', found });
    },

    async confirmOwnership(message, call) {
      return change(call, parseRequest(requests.changeDomain, message), { type: 'ConfirmOwnership' });
    },

    async setOrigins(message, call) {
      const request = parseRequest(requests.setOrigins, message);
      await checkOrigins(request.origins, originAllow);
      return change(call, request, { type: 'SetOrigins', origins: request.origins });
    },

    async setIcpNumber(message, call) {
      const request = parseRequest(requests.setIcpNumber, message);
      return change(call, request, { type: 'SetIcpNumber', icpNumber: request.icpNumber });
    },

    async setHttp2(message, call) {
      const request = parseRequest(requests.setHttp2, message);
      return change(call, request, { type: 'SetHttp2', enabled: request.enabled });
    },

    async enableWebSocket(message, call) {
      const request = parseRequest(requests.changeDomain, message);
      const rights = (await knownAccounts(context)).rightsOf(accountOf(call, request));
      return change(call, request, { type: 'EnableWebSocket', rights });
    },

    async disableWebSocket(message, call) {
      return change(call, parseRequest(requests.changeDomain, message), { type: 'DisableWebSocket' });
    },

    async updateWebSocketSettings(message, call) {
      const request = parseRequest(requests.updateWebSocketSettings, message);
      return change(call, request, {
        type: 'UpdateWebSocketSettings',
        heartbeatSeconds: request.heartbeatTime,
        backToOrigin: request.backToOriginProtocol,
      });
    },

    async declareHeartbeats(message, call) {
      const request = parseRequest(requests.declareHeartbeats, message);
      const { clientHeartbeat: clientSeconds, originHeartbeat: originSeconds } = request;
      return change(call, request, { type: 'DeclareHeartbeats', clientSeconds, originSeconds });
    },

    async updateEdgePolicy(message, call) {
      const request = parseRequest(requests.updateEdgePolicy, message);
      const policy = masked(request.edgePolicy, request.updateMask);
      return change(call, request, { type: 'UpdateEdgePolicy', policy });
    },

    async restoreVersion(message, call) {
      const request = parseRequest(requests.restoreVersion, message);
      const view = requireDomain(context, callerOf(call.metadata), request.domainName);
      const target = atVersion(view, request.version).state;
      await checkOrigins(target.origins, originAllow);
      const rights = (await knownAccounts(context)).rightsOf(view.state.accountId);
      return change(call, request, { type: 'RestoreVersion', version: request.version, target, rights });
    },
  };
}
