import { useQuery } from '@tanstack/react-query';
import { Application_State } from '@longwire/contracts/connect/activation/v1/application';
import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { useState } from 'react';
import { Link } from 'wouter';
import { activationService, readProblem } from '../api.ts';
import { ApplicationBadge, stateText } from '../parts/application-state.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { limitsText } from '../parts/standing.tsx';
import { Time } from '../parts/time.tsx';
import { bitsPerSecond, count } from '../figures.ts';
import { accountQuery, applicationsQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';
import { ApplicationForm } from './application-form.tsx';
import { Prerequisites } from './prerequisites.tsx';

const touched = ['applications', 'account'];

/** Applying for WebSocket, and what became of it. */
export function ApplyPage() {
  const { account } = useSession();
  return (
    <Page
      title="Apply for WebSocket"
      lead="A reviewer answers within one business day, by text message and by email. WebSocket can be switched on after the approval."
    >
      {account === null ? <p>Your sign-in names no account.</p> : <Applications accountId={account} />}
    </Page>
  );
}

function Applications({ accountId }: { accountId: string }) {
  const applications = useQuery(applicationsQuery(accountId));
  const account = useQuery(accountQuery(accountId));
  if (applications.isPending || account.isPending) return <Loading />;
  if (!applications.data) return <ProblemNote problem={readProblem(applications.error)} />;
  const [latest, ...earlier] = applications.data;
  return (
    <>
      {latest && <Latest application={latest} />}
      {(!latest || isClosedWithout(latest)) && (
        <div className="columns">
          <ApplicationForm accountId={accountId} />
          {account.data && <Prerequisites account={account.data} />}
        </div>
      )}
      {earlier.length > 0 && <Earlier applications={earlier} />}
    </>
  );
}

function isClosedWithout({ state }: Application): boolean {
  return state === Application_State.REJECTED || state === Application_State.WITHDRAWN;
}

function Latest({ application }: { application: Application }) {
  const { state, purpose, submitTime, dueTime, decideTime, reason } = application;
  return (
    <section className="card" aria-labelledby="latest">
      <div className="card-head">
        <h2 id="latest">Your application</h2>
        <ApplicationBadge state={state} />
      </div>
      <dl className="facts">
        <dt>Purpose</dt>
        <dd className="purpose">{purpose}</dd>
        <dt>Expected</dt>
        <dd>
          {bitsPerSecond(Number(application.peakBandwidthBps))}, {count(Number(application.peakConnections))}{' '}
          connections
        </dd>
        <dt>Domains</dt>
        <dd>{application.domains.join(', ') || 'All'}</dd>
        <dt>Submitted</dt>
        <dd>
          <Time value={submitTime} />
        </dd>
        {state === Application_State.PENDING && (
          <>
            <dt>Answer due by</dt>
            <dd>
              <Time value={dueTime} />
            </dd>
          </>
        )}
        {decideTime && (
          <>
            <dt>{stateText(state)}</dt>
            <dd>
              <Time value={decideTime} />
            </dd>
          </>
        )}
        {reason !== '' && (
          <>
            <dt>Reason</dt>
            <dd>{reason}</dd>
          </>
        )}
        {application.mend.length > 0 && (
          <>
            <dt>To mend</dt>
            <dd>
              <ul className="points">
                {application.mend.map((point) => (
                  <li key={point}>{point}</li>
                ))}
              </ul>
            </dd>
          </>
        )}
        {application.limits && (
          <>
            <dt>Granted</dt>
            <dd>{limitsText(application.limits)}</dd>
          </>
        )}
      </dl>
      {state === Application_State.PENDING && <Withdraw application={application} />}
      {state === Application_State.APPROVED && (
        <p>
          <Link className="button button-main" href="/domains">
            Switch WebSocket on for a domain
          </Link>
        </p>
      )}
    </section>
  );
}

function Withdraw({ application: { accountId, applicationId, etag } }: { application: Application }) {
  const [isAsking, setAsking] = useState(false);
  const withdraw = useWrite(
    (_: void, requestId) => activationService.withdrawApplication({ accountId, applicationId, etag, requestId }),
    touched,
    () => setAsking(false),
  );
  return (
    <>
      <button className="button" type="button" onClick={() => setAsking(true)}>
        Withdraw
      </button>
      <ConfirmDialog
        title="Withdraw the application?"
        verb="Withdraw"
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        write={withdraw}
        onConfirm={() => withdraw.run()}
      >
        No reviewer will see it any more. You can apply again at any time.
      </ConfirmDialog>
    </>
  );
}

function Earlier({ applications }: { applications: Application[] }) {
  return (
    <section aria-labelledby="earlier">
      <h2 id="earlier">Earlier applications</h2>
      <ul className="list">
        {applications.map(({ applicationId, state, purpose, reason, submitTime }) => (
          <li key={applicationId} className="row">
            <div>
              <p>{purpose}</p>
              {reason !== '' && <p className="muted">{reason}</p>}
            </div>
            <div className="row-end">
              <Time value={submitTime} />
              <ApplicationBadge state={state} />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
