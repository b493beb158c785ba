import { useQuery } from '@tanstack/react-query';
import { Application_State } from '@longwire/contracts/connect/activation/v1/application';
import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { useState } from 'react';
import { Link } from 'wouter';
import { activationService, readProblem } from '../api.ts';
import { formText } from '../form-text.ts';
import { ApplicationBadge, stateText } from '../parts/application-state.tsx';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { TextArea } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import type { Remedies } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { applicationsQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';

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
  if (applications.isPending) return <Loading />;
  if (!applications.data) return <ProblemNote problem={readProblem(applications.error)} />;
  const [latest, ...earlier] = applications.data;
  return (
    <>
      {latest && <Latest application={latest} />}
      {(!latest || isClosedWithout(latest)) && <ApplicationForm accountId={accountId} />}
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
        <dd>{purpose}</dd>
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

function ApplicationForm({ accountId }: { accountId: string }) {
  const submit = useWrite(
    (purpose: string, requestId) => activationService.submitApplication({ accountId, purpose, requestId }),
    touched,
  );
  return (
    <Form
      className="card form"
      write={submit}
      remedies={remedies}
      shows={['purpose']}
      onSubmit={(form) => submit.run(formText(form, 'purpose'))}
      buttons={
        <button className="button button-main" type="submit" disabled={submit.isRunning}>
          Apply
        </button>
      }
    >
      <TextArea
        name="purpose"
        label="What do you want WebSocket for?"
        hint="In your own words, for example: order book updates for our trading app."
        maxLength={1000}
        error={submit.problem?.fields['purpose']}
      />
    </Form>
  );
}

const remedies: Remedies = {
  ICP_NUMBER: { text: 'Go to your domains', path: '/domains' },
  CONTACT_PHONE: { text: 'Edit your contact', path: '/' },
  CONTACT_EMAIL: { text: 'Edit your contact', path: '/' },
};

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
