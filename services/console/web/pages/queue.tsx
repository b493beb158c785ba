import { useInfiniteQuery } from '@tanstack/react-query';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { useState } from 'react';
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

/** What waits for a reviewer. */
export function QueuePage() {
  const queue = useInfiniteQuery(queueQuery);
  return (
    <Page title="Queue" lead="Applications that wait for a decision. The answer is due within one business day.">
      <PagesOf query={queue} empty="Nothing waits for a decision.">
        {(entries) => (
          <ul className="list">
            {entries.toSorted(byDueTime).map((application) => (
              <Waiting key={application.applicationId} application={application} />
            ))}
          </ul>
        )}
      </PagesOf>
    </Page>
  );
}

function Waiting({ application }: { application: Application }) {
  const { companyName, accountId, purpose, submitTime, dueTime } = application;
  const isOverdue = dueTime !== undefined && timestampMs(dueTime) < Date.now();
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
      {roles.includes('reviewer') && <Decision application={application} />}
    </li>
  );
}

function Decision({ application }: { application: Application }) {
  const { accountId, applicationId, etag, companyName } = application;
  const [isRejecting, setRejecting] = useState(false);
  const approve = useWrite(
    (_: void, requestId) => activationService.approveApplication({ accountId, applicationId, etag, requestId }),
    touched,
  );
  const reject = useWrite(
    (reason: string, requestId) =>
      activationService.rejectApplication({ accountId, applicationId, reason, etag, requestId }),
    touched,
    () => setRejecting(false),
  );
  return (
    <>
      <ProblemNote problem={approve.problem} />
      <div className="actions">
        <button
          className="button button-main"
          type="button"
          aria-label={`Approve ${companyName}`}
          disabled={approve.isRunning}
          onClick={() => approve.run()}
        >
          Approve
        </button>
        <button
          className="button"
          type="button"
          aria-label={`Reject ${companyName}`}
          onClick={() => setRejecting(true)}
        >
          Reject…
        </button>
      </div>
      <FormDialog
        title={`Reject ${companyName}?`}
        lead="The applicant reads the reason in a text message and an email, and may apply again."
        verb="Reject"
        isOpen={isRejecting}
        onClose={() => setRejecting(false)}
        write={reject}
        onSubmit={(form) => reject.run(formText(form, 'reason'))}
      >
        <TextArea
          name="reason"
          label="Reason"
          hint="What to mend, so that the next application can be approved."
          maxLength={1000}
          error={reject.problem?.fields['reason']}
        />
      </FormDialog>
    </>
  );
}

function byDueTime(one: Application, other: Application): number {
  return (one.dueTime ? timestampMs(one.dueTime) : 0) - (other.dueTime ? timestampMs(other.dueTime) : 0);
}
