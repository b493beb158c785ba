import { Link, useLocation } from 'wouter';
import { signOut, useSession } from '../session.tsx';

type Entry = { path: string; text: string };

/** Where to go, who is signed in, and the way out. */
export function Header() {
  const { name, email, roles, account } = useSession();
  const [location] = useLocation();
  const who = account === null ? roles.join(', ') : `${roles.join(', ')} of ${account}`;
  return (
    <header className="header">
      <div className="header-row">
        <Link className="brand" href="/">
          <Mark />
          Longwire
        </Link>
        <div className="who">
          <span className="who-name" title={email ?? undefined}>
            {name}
          </span>
          <span className="who-role">{who || 'no role'}</span>
        </div>
        <button className="button button-small" type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
      <nav aria-label="Main">
        {navigation(roles).map(({ path, text }) => (
          <Link key={path} href={path} aria-current={isWithin(location, path) ? 'page' : undefined}>
            {text}
          </Link>
        ))}
      </nav>
    </header>
  );
}

function navigation(roles: string[]): Entry[] {
  const isReviewer = roles.includes('reviewer');
  const isCustomer = roles.includes('customer');
  return [
    ...(isCustomer
      ? [
          { path: '/', text: 'Overview' },
          { path: '/apply', text: 'Apply' },
        ]
      : []),
    ...(isReviewer || roles.includes('operator')
      ? [
          { path: '/queue', text: 'Queue' },
          { path: '/accounts', text: 'Accounts' },
        ]
      : []),
    { path: '/domains', text: 'Domains' },
    { path: '/messages', text: 'Messages' },
    ...(isCustomer ? [{ path: '/webhooks', text: 'Webhooks' }] : []),
  ];
}

function isWithin(location: string, path: string): boolean {
  return location === path || (path !== '/' && location.startsWith(`${path}/`));
}

/** The sign of Longwire: a wire between two ends. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <path
        d="M5 23C12 23 11 9 16 9s4 14 11 14"
        fill="none"
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle cx="5" cy="23" r="4" fill="currentColor" />
      <circle cx="27" cy="23" r="4" fill="currentColor" />
    </svg>
  );
}
