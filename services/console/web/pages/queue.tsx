import { useInfiniteQuery } from '@tanstack/react-query';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { activationService } from '../api.ts';
import { formText } from '../form-text.ts';
import { Badge } from '../parts/badge.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { TextArea } from '../parts/field.tsx';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { queueQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';

const touched = ['applications', 'accounts'];

/** What waits for a reviewer. What went wrong stands above the list: the reloaded list may not hold the application any more. */
export function QueuePage() {
  const queue = useInfiniteQuery(queueQuery);
  const [rejectingId, setRejectingId] = useState<string>();
  const applications = queue.data?.pages.flatMap((page) => page.entries) ?? [];
  const rejecting = applications.find(({ applicationId }) => applicationId === rejectingId);
  const approve = useWrite(
    ({ accountId, applicationId, etag }: Application, requestId) =>
      activationService.approveApplication({ accountId, applicationId, etag, requestId }),
    touched,
  );
  const reject = useWrite(
    ({ accountId, applicationId, etag, reason }: Application & { reason: string }, requestId) =>
      activationService.rejectApplication({ accountId, applicationId, reason, etag, requestId }),
    touched,
    () => setRejectingId(undefined),
  );
  return (
    <Page title="Queue" lead="Applications that wait for a decision. The answer is due within one business day.">
      <ProblemNote problem={approve.problem ?? (rejecting ? null : reject.problem)} />
      <PagesOf query={queue} empty="Nothing waits for a decision.">
        {(entries) => (
          <ul className="list">
            {entries.toSorted(byDueTime).map((application) => (
              <Waiting key={application.applicationId} application={application} now={queue.dataUpdatedAt}>
                <Decision
                  companyName={application.companyName}
                  isRunning={approve.isRunning || reject.isRunning}
                  onApprove={() => {
                    reject.reset();
                    approve.run(application);
                  }}
                  onReject={() => {
                    approve.reset();
                    setRejectingId(application.applicationId);
                  }}
                />
              </Waiting>
            ))}
          </ul>
        )}
      </PagesOf>
      <FormDialog
        title={`Reject ${rejecting?.companyName ?? ''}?`}
        lead="The applicant reads the reason in a text message and an email, and may apply again."
        verb="Reject"
        isOpen={rejecting !== undefined}
        onClose={() => setRejectingId(undefined)}
        write={reject}
        shows={['reason']}
        onSubmit={(form) => rejecting && reject.run({ ...rejecting, reason: formText(form, 'reason') })}
      >
        <TextArea
          name="reason"
          label="Reason"
          hint="What to mend, so that the next application can be approved."
          maxLength={1000}
          error={reject.problem?.fields['reason']}
        />
      </FormDialog>
    </Page>
  );
}

type WaitingProps = { application: Application; now: number; children: ReactNode };

function Waiting({ application, now, children }: WaitingProps) {
  const { companyName, accountId, purpose, submitTime, dueTime } = application;
  const isOverdue = dueTime !== undefined && timestampMs(dueTime) < now;
  const { roles } = useSession();
  return (
    <li className="card">
      <div className="card-head">
        <h2>{companyName}</h2>
        <Badge tone={isOverdue ? 'bad' : 'wait'}>{isOverdue ? 'Overdue' : 'Waiting'}</Badge>
      </div>
      <p className="purpose">{purpose}</p>
      <dl className="facts">
        <dt>Account</dt>
        <dd>{accountId}</dd>
        <dt>Submitted</dt>
        <dd>
          <Time value={submitTime} />
        </dd>
        <dt>Answer due by</dt>
        <dd>
          <Time value={dueTime} />
        </dd>
      </dl>
      {roles.includes('reviewer') && children}
    </li>
  );
}

type DecisionProps = { companyName: string; isRunning: boolean; onApprove: () => void; onReject: () => void };

function Decision({ companyName, isRunning, onApprove, onReject }: DecisionProps) {
  return (
    <div className="actions">
      <button
        className="button button-main"
        type="button"
        aria-label={`Approve ${companyName}`}
        disabled={isRunning}
        onClick={onApprove}
      >
        Approve
      </button>
      <button
        className="button"
        type="button"
        aria-label={`Reject ${companyName}`}
        disabled={isRunning}
        onClick={onReject}
      >
        Reject…
      </button>
    </div>
  );
}

function byDueTime(one: Application, other: Application): number {
  return (one.dueTime ? timestampMs(one.dueTime) : 0) - (other.dueTime ? timestampMs(other.dueTime) : 0);
}
