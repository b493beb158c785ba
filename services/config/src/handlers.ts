import { accountFilter, callerOf, requireAccount } from '@longwire/auth';
import type { Policy } from '@longwire/auth';
import type { Call, Handlers } from '@longwire/contracts';
import type { Domain } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { page, parseRequest } from '@longwire/service';
import { carryOut, requireDomain, requireUncovered, requireVisible } from './context.ts';
import type { Context } from './context.ts';
import { domainExists } from './domain.ts';
import type { DomainCommand } from './domain.ts';
import { domainMessage, historyMessage } from './messages.ts';
import { checkOrigins } from './origin-check.ts';
import * as requests from './requests.ts';
import { rolloutOf } from './rollout.ts';

const rpcs = DomainServiceService;

export const policy: Policy = {
  [rpcs.addDomain.path]: ['customer', 'operator'],
  [rpcs.removeDomain.path]: ['customer', 'operator'],
  [rpcs.getDomain.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.listDomains.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.setOrigins.path]: ['customer', 'operator'],
  [rpcs.setIcpNumber.path]: ['customer', 'operator'],
  [rpcs.setHttp2.path]: ['customer', 'operator'],
  [rpcs.enableWebSocket.path]: ['customer', 'operator'],
  [rpcs.disableWebSocket.path]: ['customer', 'operator'],
  [rpcs.updateWebSocketSettings.path]: ['customer', 'operator'],
  [rpcs.listHistory.path]: ['customer', 'reviewer', 'operator'],
  [rpcs.getRollout.path]: ['customer', 'reviewer', 'operator'],
};

export function domainHandlers(context: Context): Handlers<typeof DomainServiceService> {
  const { domains, entitlements, activationProjection, edgeStatus, originAllow } = context;

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

  return {
    async addDomain(message, { metadata }) {
      const caller = callerOf(metadata);
      const request = parseRequest(requests.addDomain, message);
      const accountId = requireAccount(caller, request.accountId);
      await checkOrigins(request.origins, originAllow);
      await requireUncovered(context, accountId, request.domainName);
      const domain = await carryOut(context, caller, request, { ...request, type: 'AddDomain', accountId });
      // A request id that another account has used on this name: its answer is not for this caller.
      if (domain.accountId !== accountId) throw domainExists();
      return { domain };
    },

    async removeDomain(message, call) {
      await change(call, parseRequest(requests.removeDomain, message), { type: 'RemoveDomain' });
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
      const request = parseRequest(requests.enableWebSocket, message);
      const { state } = requireVisible(context, callerOf(call.metadata), request.domainName);
      await activationProjection.catchUp();
      const accountEntitled = entitlements.has(state.accountId);
      return change(call, request, { type: 'EnableWebSocket', accountEntitled });
    },

    async disableWebSocket(message, call) {
      return change(call, parseRequest(requests.disableWebSocket, message), { type: 'DisableWebSocket' });
    },

    async updateWebSocketSettings(message, call) {
      const request = parseRequest(requests.updateWebSocketSettings, message);
      return change(call, request, {
        type: 'UpdateWebSocketSettings',
        heartbeatSeconds: request.heartbeatTime,
        backToOrigin: request.backToOriginProtocol,
      });
    },

    async listHistory(message, { metadata }) {
      const request = parseRequest(requests.listHistory, message);
      const { history } = requireDomain(context, callerOf(metadata), request.domainName);
      const newestFirst = history.map((entry, index) => ({ ...entry, index })).toReversed();
      const { entries, nextPageToken } = page(newestFirst, request, ({ index }) => String(index));
      return { entries: entries.map(historyMessage), nextPageToken };
    },

    async getRollout(message, { metadata }) {
      const { domainName } = parseRequest(requests.getRollout, message);
      const { version } = requireDomain(context, callerOf(metadata), domainName);
      return rolloutOf(version, edgeStatus, new Date());
    },
  };
}
