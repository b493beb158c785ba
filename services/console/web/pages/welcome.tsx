import { useSearchParams } from 'wouter';
import { Mark } from '../parts/header.tsx';
import { useTitle } from '../parts/page.tsx';

const problems: Record<string, string> = {
  ended: 'Your session has ended. Sign in again, and you are back at this page.',
  provider: 'The identity provider does not answer. Try again in a moment.',
  expired: 'The sign-in took too long or was begun in another window. Try again.',
  refused: 'The sign-in was not completed. Try again.',
};

/** What a visitor sees who is not signed in, or is not any more. */
export function WelcomePage({ hasSessionEnded }: { hasSessionEnded: boolean }) {
  useTitle('Sign in');
  const [search] = useSearchParams();
  const problem = problems[hasSessionEnded ? 'ended' : (search.get('problem') ?? '')];
  const here = search.has('problem') ? '/' : `${location.pathname}${location.search}`;
  return (
    <main className="welcome">
      <Mark />
      <h1>Longwire</h1>
      <p className="lead">
        WebSocket acceleration that you run yourself: activate it, switch it on for a domain, and watch it second by
        second.
      </p>
      {problem !== undefined && (
        <div className="note note-bad" role="alert">
          <p>{problem}</p>
        </div>
      )}
      <a className="button button-main button-large" href={`/signin?return=${encodeURIComponent(here)}`}>
        Sign in
      </a>
    </main>
  );
}
