import { useQuery } from '@tanstack/react-query';
import { Entitlement_State, EnterpriseVerification_State } from '@longwire/contracts/connect/activation/v1/account';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { useState } from 'react';
import { readProblem } from '../api.ts';
import { ApplicationBadge } from '../parts/application-state.tsx';
import { Empty, Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { EntitlementFacts, VerificationFacts } from '../parts/standing.tsx';
import { Time } from '../parts/time.tsx';
import { accountQuery, applicationHistoryQuery, applicationsQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { Reinstate, Revoke, Suspend, Verify } from './account-decisions.tsx';

/** One account, for reviewers and operators: how it stands, what it applied for, and what can be done about it. */
export function AccountPage({ accountId }: { accountId: string }) {
  const account = useQuery(accountQuery(accountId));
  const applications = useQuery(applicationsQuery(accountId));
  if (account.isPending) return <Loading rows={6} />;
  if (!account.data)
    return (
      <Page title="Not here" lead="There is no such account.">
        {account.isError && <ProblemNote problem={readProblem(account.error)} />}
      </Page>
    );
  return (
    <Page title={account.data.companyName} lead={`Account ${accountId}`}>
      <Standing account={account.data} />
      <section aria-labelledby="applications">
        <h2 id="applications">Applications</h2>
        {applications.isPending && <Loading />}
        {applications.data?.length === 0 && <Empty>It has not applied yet.</Empty>}
        <ul className="list">
          {applications.data?.map((application) => (
            <ApplicationRow key={application.applicationId} application={application} />
          ))}
        </ul>
      </section>
    </Page>
  );
}

function Standing({ account }: { account: Account }) {
  const { roles } = useSession();
  const [open, setOpen] = useState<'verify' | 'revoke' | 'suspend' | 'reinstate'>();
  const isReviewer = roles.includes('reviewer');
  const isVerified = account.enterpriseVerification?.state === EnterpriseVerification_State.VERIFIED;
  const entitlement = account.websocketEntitlement?.state;
  const dialog = (which: typeof open) => ({ account, isOpen: open === which, onClose: () => setOpen(undefined) });
  const ask = (which: typeof open, text: string, tone = '') => (
    <button className={`button ${tone}`} type="button" onClick={() => setOpen(which)}>
      {text}
    </button>
  );
  return (
    <section className="card" aria-labelledby="standing">
      <h2 id="standing">Standing</h2>
      <dl className="facts">
        <dt>Registration</dt>
        <dd>{account.country === '' ? 'Not given yet' : `${account.country} ${account.registrationNumber}`}</dd>
        <dt>Contact</dt>
        <dd>{account.contacts?.name || '–'}</dd>
        <VerificationFacts account={account} />
        <EntitlementFacts account={account} />
        <dt>Created</dt>
        <dd>
          <Time value={account.createTime} />
        </dd>
      </dl>
      <div className="actions">
        {isReviewer &&
          ask('verify', isVerified ? 'Verify anew…' : 'Verify enterprise…', isVerified ? '' : 'button-main')}
        {isReviewer && isVerified && ask('revoke', 'Revoke verification…', 'button-bad-quiet')}
        {entitlement === Entitlement_State.ACTIVE && ask('suspend', 'Suspend WebSocket…', 'button-bad-quiet')}
        {entitlement === Entitlement_State.SUSPENDED && ask('reinstate', 'Reinstate WebSocket…')}
      </div>
      <Verify {...dialog('verify')} />
      <Revoke {...dialog('revoke')} />
      <Suspend {...dialog('suspend')} />
      <Reinstate {...dialog('reinstate')} />
    </section>
  );
}

function ApplicationRow({ application }: { application: Application }) {
  const { purpose, reason, state, submitTime } = application;
  return (
    <li className="row">
      <div>
        <p>{purpose}</p>
        {reason !== '' && <p className="muted">{reason}</p>}
        <details>
          <summary>History</summary>
          <History application={application} />
        </details>
      </div>
      <div className="row-end">
        <Time value={submitTime} />
        <ApplicationBadge state={state} />
      </div>
    </li>
  );
}

function History({ application: { accountId, applicationId } }: { application: Application }) {
  const history = useQuery(applicationHistoryQuery(accountId, applicationId));
  if (history.isPending) return <Loading />;
  if (history.isError) return <ProblemNote problem={readProblem(history.error)} />;
  return (
    <ol className="notes">
      {history.data.map(({ type, time, actor, text }) => (
        <li key={`${type}:${String(time?.seconds)}:${time?.nanos}`}>
          <p>
            {words(type)} <span className="muted">by {actor},</span> <Time value={time} seconds />
          </p>
          {text !== '' && <p className="muted purpose">{text}</p>}
        </li>
      ))}
    </ol>
  );
}

/** An event's name as words: ApplicationSubmitted is Submitted. */
function words(type: string): string {
  return type.replace(/^Application/, '');
}
