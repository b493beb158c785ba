import { accountFilter, callerOf } from '@longwire/auth';
import type { Handlers } from '@longwire/contracts';
import type { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { page, parseRequest } from '@longwire/service';
import { readResumeToken } from './changes.ts';
import { requireDomain } from './context.ts';
import type { Context } from './context.ts';
import { domainMessage, historyMessage } from './messages.ts';
import * as requests from './requests.ts';
import { atVersion, compare, stepsOf } from './versions.ts';
import { watchDomains } from './watch.ts';

type Reads =
  'getDomain' | 'listDomains' | 'listHistory' | 'getDomainVersion' | 'compareVersions' | 'getRollout' | 'watch';

/** The RPCs that change nothing. */
export function domainReads(context: Context): Pick<Handlers<typeof DomainServiceService>, Reads> {
  const { domains, changes, projection, rollouts } = context;
  return {
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

    async getRollout(message, { metadata }) {
      const { domainName, version } = parseRequest(requests.getRollout, message);
      const view = atVersion(requireDomain(context, callerOf(metadata), domainName), version);
      return rollouts.of(view, new Date());
    },

    async *watch(message, { metadata, signal }) {
      const { accountId, resumeToken } = parseRequest(requests.watch, message);
      const caller = callerOf(metadata);
      const account = accountFilter(caller, accountId);
      if (resumeToken !== '') readResumeToken(resumeToken, account);
      await projection.catchUp(); // another instance may have given the token
      yield* watchDomains({ domains, changes }, account, resumeToken, { signal, expireTime: caller.expireTime });
    },
  };
}
