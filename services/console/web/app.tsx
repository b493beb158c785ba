import { useState } from 'react';
import { Route, Switch } from 'wouter';
import { readProblem } from './api.ts';
import { AccountPage } from './pages/account.tsx';
import { AccountsPage } from './pages/accounts.tsx';
import { ApplyPage } from './pages/apply.tsx';
import { DomainPage } from './pages/domain.tsx';
import { DomainsPage } from './pages/domains.tsx';
import { HomePage } from './pages/home.tsx';
import { MessagesPage } from './pages/messages.tsx';
import { QueuePage } from './pages/queue.tsx';
import { WebhookPage } from './pages/webhook.tsx';
import { WebhooksPage } from './pages/webhooks.tsx';
import { WelcomePage } from './pages/welcome.tsx';
import { Header } from './parts/header.tsx';
import { Loading } from './parts/loading.tsx';
import { Page } from './parts/page.tsx';
import { ProblemNote } from './parts/problem.tsx';
import { SessionContext, useSession, useSessionQuery } from './session.tsx';

/** The console: a welcome for who is not signed in, and the pages for who is. */
export function App() {
  const session = useSessionQuery();
  const [wasSignedIn, setWasSignedIn] = useState(false);
  if (session.data && !wasSignedIn) setWasSignedIn(true);
  if (session.isPending) return <Loading />;
  if (session.isError)
    return (
      <main className="content">
        <ProblemNote problem={readProblem(session.error)} />
      </main>
    );
  if (session.data === null) return <WelcomePage hasSessionEnded={wasSignedIn} />;
  return (
    <SessionContext value={session.data}>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <Header />
      <main className="content" id="content" tabIndex={-1}>
        <Pages />
      </main>
    </SessionContext>
  );
}

/** The pages of the signed-in person's roles; the others are not there. */
function Pages() {
  const { roles } = useSession();
  const isCustomer = roles.includes('customer');
  const isOfDesk = roles.includes('reviewer') || roles.includes('operator');
  return (
    <Switch>
      <Route path="/" component={HomePage} />
      {isCustomer && <Route path="/apply" component={ApplyPage} />}
      <Route path="/messages" component={MessagesPage} />
      {isCustomer && <Route path="/webhooks" component={WebhooksPage} />}
      {isCustomer && <Route path="/webhooks/:id">{({ id }) => <WebhookPage key={id} webhookId={id} />}</Route>}
      <Route path="/domains" component={DomainsPage} />
      <Route path="/domains/:name/:tab?">
        {({ name, tab }) => <DomainPage key={name} domainName={name} tab={tab ?? 'overview'} />}
      </Route>
      {isOfDesk && <Route path="/queue" component={QueuePage} />}
      {isOfDesk && <Route path="/accounts" component={AccountsPage} />}
      {isOfDesk && <Route path="/accounts/:id">{({ id }) => <AccountPage key={id} accountId={id} />}</Route>}
      <Route>
        <Page title="Not here" lead="There is no page at this address.">
          {null}
        </Page>
      </Route>
    </Switch>
  );
}
