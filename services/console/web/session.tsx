import { useQuery } from '@tanstack/react-query';
import { createContext, use } from 'react';

/** Who is signed in, as GET /session says. */
export type Session = {
  subject: string;
  name: string;
  email: string | null;
  roles: string[];
  account: string | null;
  /** Where clients reach the edges while their domains' DNS does not lead there: ws://host:port. */
  edgeUrl: string | null;
};

export const SessionContext = createContext<Session | null>(null);

/** The session of the signed-in pages. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('useSession is for signed-in pages');
  return session;
}

/** Asks the console who is signed in; null means nobody. */
export function useSessionQuery() {
  return useQuery({
    queryKey: ['session'],
    queryFn: async ({ signal }): Promise<Session | null> => {
      const answer = await fetch('/session', { signal });
      if (answer.status === 401) return null;
      if (!answer.ok) throw new Error('the session cannot be read now; try again');
      return (await answer.json()) as Session;
    },
    staleTime: 60_000,
  });
}

/** Ends the session here and at the identity provider. */
export async function signOut(): Promise<void> {
  const answer = await fetch('/signout', { method: 'POST' });
  const { url } = answer.ok ? ((await answer.json()) as { url: string }) : { url: '/' };
  location.assign(url);
}
