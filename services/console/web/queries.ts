import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { Application_State } from '@longwire/contracts/connect/activation/v1/application';
import type { Notification_State } from '@longwire/contracts/connect/notifier/v1/notification';
import {
  accountService,
  activationService,
  deskService,
  domainService,
  notificationService,
  readProblem,
  webhookService,
} from './api.ts';

const pageSize = 100;

/** An account; null while it has not been created. */
export const accountQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId],
    queryFn: async ({ signal }) => {
      try {
        return (await accountService.getAccount({ accountId }, { signal })).account ?? null;
      } catch (error) {
        if (readProblem(error).code === 'not-found') return null;
        throw error;
      }
    },
    refetchInterval: 5_000,
  });

/** An account's applications, the newest first. */
export const applicationsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['applications', accountId],
    queryFn: async ({ signal }) =>
      (await activationService.listApplications({ accountId, pageSize: 20 }, { signal })).applications,
    refetchInterval: 5_000,
  });

/** What an application of the account needs, met or not. */
export const prerequisitesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['prerequisites', accountId],
    queryFn: async ({ signal }) =>
      (await activationService.checkPrerequisites({ accountId }, { signal })).prerequisites,
    refetchInterval: 5_000,
  });

export type QueueFilter = { claimedByMe: boolean; overdue: boolean };

/** The applications that wait for a reviewer, of all accounts. */
export const queueQuery = (filter: QueueFilter) =>
  infiniteQueryOptions({
    queryKey: ['applications', 'queue', filter],
    initialPageParam: '',
    queryFn: async ({ signal, pageParam: pageToken }) => {
      const request = { ...filter, state: Application_State.PENDING, pageSize, pageToken };
      const answer = await activationService.listApplications(request, { signal });
      return { entries: answer.applications, nextPageToken: answer.nextPageToken };
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
    refetchInterval: 5_000,
  });

/** How the review desk keeps its promise, over the last 30 days. */
export const deskFiguresQuery = queryOptions({
  queryKey: ['applications', 'figures'],
  queryFn: ({ signal }) => deskService.getDeskFigures({}, { signal }),
  refetchInterval: 10_000,
});

/** What happened to an application, the oldest first. */
export const applicationHistoryQuery = (accountId: string, applicationId: string) =>
  queryOptions({
    queryKey: ['applications', 'history', accountId, applicationId],
    queryFn: async ({ signal }) =>
      (await activationService.listApplicationHistory({ accountId, applicationId }, { signal })).entries,
  });

export const accountsQuery = infiniteQueryOptions({
  queryKey: ['accounts'],
  initialPageParam: '',
  queryFn: async ({ signal, pageParam: pageToken }) => {
    const answer = await accountService.listAccounts({ pageSize, pageToken }, { signal });
    return { entries: answer.accounts, nextPageToken: answer.nextPageToken };
  },
  getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
});

/** The domains that the caller may see. */
export const domainsQuery = infiniteQueryOptions({
  queryKey: ['domains'],
  initialPageParam: '',
  queryFn: async ({ signal, pageParam: pageToken }) => {
    const answer = await domainService.listDomains({ pageSize, pageToken }, { signal });
    return { entries: answer.domains, nextPageToken: answer.nextPageToken };
  },
  getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
});

export const domainQuery = (domainName: string) =>
  queryOptions({
    queryKey: ['domain', domainName],
    queryFn: async ({ signal }) => (await domainService.getDomain({ domainName }, { signal })).domain ?? null,
    refetchInterval: 10_000,
  });

export const historyQuery = (domainName: string) =>
  infiniteQueryOptions({
    queryKey: ['history', domainName],
    initialPageParam: '',
    queryFn: async ({ signal, pageParam: pageToken }) => {
      const answer = await domainService.listHistory({ domainName, pageSize, pageToken }, { signal });
      return { entries: answer.entries, nextPageToken: answer.nextPageToken };
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
  });

/** On how many edges a version of a domain is live: asked often until it is live on all, seldom after. */
export const rolloutQuery = (domainName: string, version: bigint) =>
  queryOptions({
    queryKey: ['rollout', domainName, String(version)],
    queryFn: async ({ signal }) => {
      const rollout = await domainService.getRollout({ domainName }, { signal });
      const { version: present, edgeCount, liveCount, longestDelay } = rollout;
      return { isThisVersion: present >= version, edgeCount, liveCount, longestDelay };
    },
    refetchInterval: ({ state: { data } }) =>
      data?.isThisVersion && data.edgeCount > 0 && data.liveCount === data.edgeCount ? 15_000 : 500,
  });

/** @param state only those in this state; unspecified means any */
export const notificationsQuery = (state: Notification_State) =>
  infiniteQueryOptions({
    queryKey: ['notifications', state],
    initialPageParam: '',
    queryFn: async ({ signal, pageParam: pageToken }) => {
      const answer = await notificationService.listNotifications({ pageSize, pageToken, state }, { signal });
      return { entries: answer.notifications, nextPageToken: answer.nextPageToken };
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
    refetchInterval: 5_000,
  });

export const tellingFiguresQuery = queryOptions({
  queryKey: ['telling-figures'],
  queryFn: ({ signal }) => notificationService.getTellingFigures({}, { signal }),
  refetchInterval: 30_000,
});

/** The webhooks of the caller's own account. */
export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async ({ signal }) => (await webhookService.listWebhooks({}, { signal })).webhooks,
  refetchInterval: 5_000,
});

/** What a webhook was told, the newest first. */
export const deliveriesQuery = (webhookId: string) =>
  infiniteQueryOptions({
    queryKey: ['deliveries', webhookId],
    initialPageParam: '',
    queryFn: async ({ signal, pageParam: pageToken }) => {
      const answer = await webhookService.listDeliveries({ webhookId, pageSize, pageToken }, { signal });
      return { entries: answer.notifications, nextPageToken: answer.nextPageToken };
    },
    getNextPageParam: ({ nextPageToken }) => nextPageToken || undefined,
    refetchInterval: 2_000,
  });

/** What differs between a domain's present version and an earlier one, from now to then. */
export const compareQuery = (domainName: string, version: bigint) =>
  queryOptions({
    queryKey: ['compare', domainName, String(version)],
    queryFn: async ({ signal }) => {
      const { changes } = await domainService.compareVersions({ domainName, fromVersion: version }, { signal });
      return changes.map((change) => ({ ...change, from: change.to, to: change.from }));
    },
    gcTime: 0,
  });
