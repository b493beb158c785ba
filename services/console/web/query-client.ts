import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { readProblem } from './api.ts';

/** The cache of everything the pages show. A call that meets the end of the session asks anew who is signed in. */
export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignOut }),
    mutationCache: new MutationCache({ onError: noticeSignOut }),
    defaultOptions: {
      // A call is tried even when the browser says that it is offline, as on a machine that runs all of this itself: what does
      // not come through is said at once, and not sent by itself an hour later.
      mutations: { networkMode: 'always' },
      queries: {
        networkMode: 'always',
        // Not one that took too long: nobody should look at grey bars for half a minute before it is said.
        retry: (failures, error) => failures < 2 && readProblem(error).code === 'unavailable',
        staleTime: 1_000,
      },
    },
  });
  return client;

  function noticeSignOut(error: unknown): void {
    if (readProblem(error).code === 'unauthenticated') void client.invalidateQueries({ queryKey: ['session'] });
  }
}
