import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { readProblem } from '../api.ts';
import { Empty, Loading } from './loading.tsx';
import { ProblemNote } from './problem.tsx';

type Paged<Entry> = InfiniteData<{ entries: Entry[]; nextPageToken: string }>;
type Props<Entry> = {
  query: UseInfiniteQueryResult<Paged<Entry>>;
  /** What to say where there is no entry. */
  empty: ReactNode;
  children: (entries: Entry[]) => ReactNode;
};

/** A list that comes in pages: what is there, and a button for more. */
export function PagesOf<Entry>({ query, empty, children }: Props<Entry>) {
  if (query.isPending) return <Loading />;
  const entries = query.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      {query.isError && <ProblemNote problem={readProblem(query.error)} />}
      {entries.length > 0 ? children(entries) : query.isSuccess && <Empty>{empty}</Empty>}
      {query.hasNextPage && (
        <button
          className="button more"
          type="button"
          disabled={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          Show more
        </button>
      )}
    </>
  );
}
