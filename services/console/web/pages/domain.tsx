import { useQuery } from '@tanstack/react-query';
import type { Domain } from '@longwire/contracts/connect/config/v1/domain';
import { Suspense, lazy } from 'react';
import { Link } from 'wouter';
import { readProblem } from '../api.ts';
import { Badge } from '../parts/badge.tsx';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { domainQuery } from '../queries.ts';
import { DomainHistory } from './domain-history.tsx';
import { DomainOverview } from './domain-overview.tsx';
import { DomainWebSocket } from './domain-websocket.tsx';

// The charts' library comes when somebody wants to see charts.
const DomainMonitoring = lazy(() => import('./domain-monitoring.tsx'));

const tabs = { overview: 'Overview', websocket: 'WebSocket', monitoring: 'Monitoring', history: 'History' };

/** One domain: what is set, its WebSocket, its figures, its history. */
export function DomainPage({ domainName, tab }: { domainName: string; tab: string }) {
  const domain = useQuery(domainQuery(domainName));
  return (
    <Page title={domainName} actions={<WebSocketBadge domain={domain.data ?? undefined} />}>
      {(domain.isPending || domain.data) && (
        <nav className="tabs" aria-label={domainName}>
          {Object.entries(tabs).map(([path, text]) => (
            <Link
              key={path}
              href={`/domains/${encodeURIComponent(domainName)}/${path}`}
              aria-current={path === tab ? 'page' : undefined}
            >
              {text}
            </Link>
          ))}
        </nav>
      )}
      {domain.isPending && <Loading rows={5} />}
      {domain.isError && <ProblemNote problem={readProblem(domain.error)} />}
      {domain.data && <Tab domain={domain.data} tab={tab} />}
    </Page>
  );
}

function Tab({ domain, tab }: { domain: Domain; tab: string }) {
  switch (tab) {
    case 'websocket':
      return <DomainWebSocket domain={domain} />;
    case 'monitoring':
      return (
        <Suspense fallback={<Loading rows={8} />}>
          <DomainMonitoring domainName={domain.domainName} />
        </Suspense>
      );
    case 'history':
      return <DomainHistory domainName={domain.domainName} />;
    default:
      return <DomainOverview domain={domain} />;
  }
}

function WebSocketBadge({ domain }: { domain: Domain | undefined }) {
  if (!domain) return null;
  const isOn = domain.websocket?.enabled === true;
  return <Badge tone={isOn ? 'good' : 'quiet'}>{isOn ? 'WebSocket on' : 'WebSocket off'}</Badge>;
}
