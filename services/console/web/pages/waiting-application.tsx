import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { Link } from 'wouter';
import { deskService } from '../api.ts';
import { bitsPerSecond, count } from '../figures.ts';
import { Badge } from '../parts/badge.tsx';
import { DueClock } from '../parts/due-clock.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';
import { ApplicationNotes } from './application-notes.tsx';
import type { Decide } from './decisions.tsx';

type Props = {
  application: Application;
  now: number;
  /** For reviewers: asks for what a decision needs. */
  onDecide?: (decision: Decide) => void;
};

/** An application in the queue: what is asked for, how long it may wait, who is at it. */
export function WaitingApplication({ application, now, onDecide }: Props) {
  const { companyName, accountId, purpose, submitTime, dueTime, domains, claimer } = application;
  const { subject } = useSession();
  return (
    <li className="card">
      <div className="card-head">
        <h2>{companyName}</h2>
        <span className="row-end">
          {claimer !== '' && (
            <Badge tone={claimer === subject ? 'good' : 'quiet'}>
              {claimer === subject ? 'Claimed by you' : `Claimed by ${claimer}`}
            </Badge>
          )}
          <DueClock {...{ submitTime, dueTime, now }} />
        </span>
      </div>
      <p className="purpose">{purpose}</p>
      <dl className="facts">
        <dt>Account</dt>
        <dd>
          <Link href={`/accounts/${accountId}`}>{accountId}</Link>
        </dd>
        <dt>Expected</dt>
        <dd>
          {bitsPerSecond(Number(application.peakBandwidthBps))}, {count(Number(application.peakConnections))}{' '}
          connections
        </dd>
        <dt>Domains</dt>
        <dd>{domains.join(', ') || 'All'}</dd>
        <dt>Submitted</dt>
        <dd>
          <Time value={submitTime} />
        </dd>
        <dt>Answer due by</dt>
        <dd>
          <Time value={dueTime} />
        </dd>
      </dl>
      <ApplicationNotes application={application} mayWrite={onDecide !== undefined} />
      {onDecide && <Actions application={application} onDecide={onDecide} isMine={['', subject].includes(claimer)} />}
    </li>
  );
}

type ActionsProps = { application: Application; isMine: boolean; onDecide: (decision: Decide) => void };

function Actions({ application, isMine, onDecide }: ActionsProps) {
  const { companyName } = application;
  return (
    <div className="actions">
      <button
        className="button button-main"
        type="button"
        aria-label={`Approve ${companyName}`}
        disabled={!isMine}
        onClick={() => onDecide({ answer: 'approve', application })}
      >
        Approve…
      </button>
      <button
        className="button"
        type="button"
        aria-label={`Reject ${companyName}`}
        disabled={!isMine}
        onClick={() => onDecide({ answer: 'reject', application })}
      >
        Reject…
      </button>
      <Claim application={application} />
    </div>
  );
}

/** Takes an application up, or gives it back. */
function Claim({
  application: { accountId, applicationId, etag, claimer, companyName },
}: {
  application: Application;
}) {
  const claim = useWrite(
    async (_: void, requestId) => {
      const request = { accountId, applicationId, etag, requestId };
      await (claimer === '' ? deskService.claimApplication(request) : deskService.releaseApplication(request));
    },
    ['applications'],
  );
  const verb = claimer === '' ? 'Claim' : 'Release';
  return (
    <>
      <button
        className="button"
        type="button"
        aria-label={`${verb} ${companyName}`}
        disabled={claim.isRunning}
        onClick={() => claim.run()}
      >
        {verb}
      </button>
      <ProblemNote problem={claim.problem} />
    </>
  );
}
