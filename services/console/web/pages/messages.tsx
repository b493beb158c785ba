import { useInfiniteQuery } from '@tanstack/react-query';
import { Channel, Notification_State } from '@longwire/contracts/connect/notifier/v1/notification';
import type { Notification } from '@longwire/contracts/connect/notifier/v1/notification';
import { notificationService } from '../api.ts';
import { Badge } from '../parts/badge.tsx';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { notificationsQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';

/** What was sent to whom by which way, and what could not be. */
export function MessagesPage() {
  const notifications = useInfiniteQuery(notificationsQuery);
  return (
    <Page title="Messages" lead="The text messages and emails about applications, and whether they went out.">
      <PagesOf
        query={notifications}
        empty="Nothing has been sent yet. A decision on an application sends the first messages."
      >
        {(entries) => (
          <ul className="list">
            {entries.map((notification) => (
              <Message key={notification.notificationId} notification={notification} />
            ))}
          </ul>
        )}
      </PagesOf>
    </Page>
  );
}

function Message({ notification }: { notification: Notification }) {
  const { accountId, channel, template, state, attemptCount, lastError, createTime, sentTime } = notification;
  const { roles } = useSession();
  const mayResend = roles.includes('reviewer') || roles.includes('operator');
  return (
    <li className="row">
      <div>
        <p className="row-title">{titleOf(template)}</p>
        <p className="muted">
          {channel === Channel.SMS ? 'Text message' : 'Email'} to the contact of {accountId}
          {attemptCount > 1 && `, ${attemptCount} attempts`}
        </p>
        {lastError !== '' && state !== Notification_State.SENT && <p className="muted">Last error: {lastError}</p>}
      </div>
      <div className="row-end">
        <Time value={sentTime ?? createTime} />
        <StateBadge state={state} />
        {mayResend && state === Notification_State.FAILED && <Resend notification={notification} />}
      </div>
    </li>
  );
}

function Resend({ notification: { notificationId } }: { notification: Notification }) {
  const resend = useWrite(
    (_: void, requestId) => notificationService.resendNotification({ notificationId, requestId }),
    ['notifications'],
  );
  return (
    <>
      <button className="button button-small" type="button" disabled={resend.isRunning} onClick={() => resend.run()}>
        Send again
      </button>
      <ProblemNote problem={resend.problem} />
    </>
  );
}

function StateBadge({ state }: { state: Notification_State }) {
  if (state === Notification_State.SENT) return <Badge tone="good">Sent</Badge>;
  if (state === Notification_State.FAILED) return <Badge tone="bad">Failed</Badge>;
  return <Badge tone="wait">Queued</Badge>;
}

/** The name of a template as words: application-approved is "Application approved". */
function titleOf(template: string): string {
  const words = template.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
