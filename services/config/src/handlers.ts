import { accountFilter, callerOf, requireAccount } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Call, Handlers } from '@longwire/contracts';
import type { Domain } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { page, parseRequest } from '@longwire/service';
import { readResumeToken } from './changes.ts';
import { carryOut, knownAccounts, requireDomain, requireRights, requireUncovered, requireVisible } from './context.ts';
import type { Context } from './context.ts';
import { domainKey } from './domain-name.ts';
import { domainExists } from './domain.ts';
import type { DomainCommand } from './domain.ts';
import { domainMessage, historyMessage } from './messages.ts';
import { checkOrigins } from './origin-check.ts';
import { challengeOf, lookUpTxt } from './ownership.ts';
import { masked } from './policy-request.ts';
import * as requests from './requests.ts';
import { atVersion, compare, stepsOf } from './versions.ts';
import { watchDomains } from './watch.ts';

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
  const { domains, changes, projection, rollouts, originAllow, dnsServers } = context;

  /** A change of a domain that the caller may see. Whether it is there still is for the aggregate to say: a repeat may be late. */
  async function change(
    call: Call,
    request: { domainName: string; requestId: string; etag: string },
    command: DomainCommand,
  ): Promise<{ domain: Domain }> {
    const caller = callerOf(call.metadata);
    requireVisible(context, caller, request.domainName);
    return { domain: await carryOut(context, caller, request, command) };
  }

  /** The account of a domain that the caller may see. */
  const accountOf = (call: Call, { domainName }: { domainName: string }) =>
    requireVisible(context, callerOf(call.metadata), domainName).state.accountId;

  return {
    async addDomain(message, { metadata }) {
      const caller = callerOf(metadata);
      const request = parseRequest(requests.addDomain, message);
      const accountId = requireAccount(caller, request.accountId);
      await checkOrigins(request.origins, originAllow);
      const rights = await requireRights(context, accountId);
      await requireUncovered(context, accountId, request.domainName);
      const claim = domains.get(domainKey(request.domainName))?.state;
      const isClaimed = claim?.present === true && claim.accountId !== accountId && claim.ownership === 'unproven';
      const found = isClaimed ? await lookUpTxt(challengeOf(request.domainName, accountId).name, dnsServers) : [];
      const domain = await carryOut(context, caller, request, {
        ...request,
        type: 'AddDomain',
        accountId,
        rights,
        found,
      });
      // A request id that another account has used on this name: its answer is not for this caller.
      if (domain.accountId !== accountId) throw domainExists();
      return { domain };
    },

    async removeDomain(message, call) {
      await change(call, parseRequest(requests.changeDomain, message), { type: 'RemoveDomain' });
      return {};
    },

    async getDomain(message, { metadata }) {
      const { domainName } = parseRequest(requests.getDomain, message);
      return { domain: domainMessage(requireDomain(context, callerOf(metadata), domainName)) };
    },

    async listDomains(message, { metadata }) {
      const request = parseRequest(requests.listDomains, message);
      const account = accountFilter(callerOf(metadata), request.accountId);
      const visible = [...domains.values()].filter(
        ({ state }) => state.present && (account === undefined || state.accountId === account),
      );
      const sorted = visible.toSorted((one, other) => (one.state.domainName < other.state.domainName ? -1 : 1));
      const { entries, nextPageToken } = page(sorted, request, ({ key }) => key);
      return { domains: entries.map(domainMessage), nextPageToken };
    },

    async verifyOwnership(message, call) {
      const request = parseRequest(requests.changeDomain, message);
      const accountId = accountOf(call, request);
      await requireUncovered(context, accountId, request.domainName);
      const found = await lookUpTxt(challengeOf(request.domainName, accountId).name, dnsServers);
      return change(call, request, { type: 'VerifyOwnership', found });
    },

    async confirmOwnership(message, call) {
      const request = parseRequest(requests.changeDomain, message);
      await requireUncovered(context, accountOf(call, request), request.domainName);
      return change(call, request, { type: 'ConfirmOwnership' });
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

    async listHistory(message, { metadata }) {
      const request = parseRequest(requests.listHistory, message);
      const view = requireDomain(context, callerOf(metadata), request.domainName);
      const newestFirst = stepsOf(view)
        .map((step, index) => ({ ...step, index }))
        .toReversed();
      const { entries, nextPageToken } = page(newestFirst, request, ({ index }) => String(index));
      return { entries: entries.map(historyMessage), nextPageToken };
    },

    async getDomainVersion(message, { metadata }) {
      const { domainName, version } = parseRequest(requests.getDomainVersion, message);
      const view = requireDomain(context, callerOf(metadata), domainName);
      return { domain: domainMessage(atVersion(view, version)) };
    },

    async compareVersions(message, { metadata }) {
      const { domainName, fromVersion, toVersion } = parseRequest(requests.compareVersions, message);
      const view = requireDomain(context, callerOf(metadata), domainName);
      return { changes: compare(atVersion(view, fromVersion).state, atVersion(view, toVersion).state) };
    },

    async restoreVersion(message, call) {
      const request = parseRequest(requests.restoreVersion, message);
      const view = requireDomain(context, callerOf(call.metadata), request.domainName);
      const target = atVersion(view, request.version).state;
      await checkOrigins(target.origins, originAllow);
      const rights = (await knownAccounts(context)).rightsOf(view.state.accountId);
      return change(call, request, { type: 'RestoreVersion', version: request.version, target, rights });
    },

    async getRollout(message, { metadata }) {
      const { domainName, version } = parseRequest(requests.getRollout, message);
      const view = atVersion(requireDomain(context, callerOf(metadata), domainName), version);
      return rollouts.of(view.version, view.storedTime, new Date());
    },

    async *watch(message, { metadata, signal }) {
      const { accountId, resumeToken } = parseRequest(requests.watch, message);
      const account = accountFilter(callerOf(metadata), accountId);
      if (resumeToken !== '') readResumeToken(resumeToken, account);
      await projection.catchUp(); // another instance may have given the token
      yield* watchDomains({ domains, changes }, account, resumeToken, signal);
    },
  };
}
