import { useQuery } from '@tanstack/react-query';
import { Redirect } from 'wouter';
import { readProblem } from '../api.ts';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { accountQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { CreateAccount } from './create-account.tsx';
import { Overview } from './overview.tsx';

/** Where each role begins: customers at their account, reviewers at their queue. */
export function HomePage() {
  const { roles, account } = useSession();
  if (roles.includes('customer') && account !== null) return <CustomerHome accountId={account} />;
  if (roles.includes('reviewer') || roles.includes('operator')) return <Redirect to="/queue" replace />;
  return (
    <Page title="No role" lead="Your sign-in carries no role or no account here. Ask whoever runs Longwire for one.">
      {null}
    </Page>
  );
}

function CustomerHome({ accountId }: { accountId: string }) {
  const account = useQuery(accountQuery(accountId));
  if (account.isPending)
    return (
      <Page title="Overview">
        <Loading rows={6} />
      </Page>
    );
  if (account.data) return <Overview account={account.data} />;
  if (account.isError)
    return (
      <Page title="Overview">
        <ProblemNote problem={readProblem(account.error)} />
      </Page>
    );
  return <CreateAccount accountId={accountId} />;
}
