import { Channel, Notification_State } from '@longwire/contracts/connect/notifier/v1/notification';
import type { Notification } from '@longwire/contracts/connect/notifier/v1/notification';
import { notificationService } from '../api.ts';
import { useSession } from '../session.tsx';
import { useWrite } from '../use-write.ts';
import { Badge } from './badge.tsx';
import { ProblemNote } from './problem.tsx';
import { Time } from './time.tsx';

/** One message in a list: what it tells, to whom, how it went, and a button where it may be sent again. */
export function MessageRow({ notification }: { notification: Notification }) {
  const { template, state, attemptCount, lastError, createTime, sentTime, deliveredTime } = notification;
  const isOver = state === Notification_State.SENT || state === Notification_State.DELIVERED;
  return (
    <li className="row">
      <div>
        <p className="row-title">{titleOf(template)}</p>
        <p className="muted">
          {recipientOf(notification)}
          {attemptCount > 1 && `, ${attemptCount} attempts`}
        </p>
        {lastError !== '' && !isOver && <p className="muted">Last error: {lastError}</p>}
      </div>
      <div className="row-end">
        <Time value={deliveredTime ?? sentTime ?? createTime} />
        <StateBadge state={state} />
        {state === Notification_State.FAILED && <Resend notification={notification} />}
      </div>
    </li>
  );
}

/** What goes to people is sent again by the desk, what goes to a customer's own system by the customer as well. */
function Resend({ notification: { notificationId, channel } }: { notification: Notification }) {
  const { roles } = useSession();
  const resend = useWrite(
    (_: void, requestId) => notificationService.resendNotification({ notificationId, requestId }),
    ['notifications', 'deliveries'],
  );
  if (channel !== Channel.WEBHOOK && !roles.includes('reviewer') && !roles.includes('operator')) return null;
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
  switch (state) {
    case Notification_State.SENT:
      return <Badge tone="good">Sent</Badge>;
    case Notification_State.DELIVERED:
      return <Badge tone="good">Delivered</Badge>;
    case Notification_State.FAILED:
      return <Badge tone="bad">Failed</Badge>;
    case Notification_State.SENDING:
      return <Badge tone="wait">Sending</Badge>;
    default:
      return <Badge tone="wait">Queued</Badge>;
  }
}

function recipientOf({ channel, accountId, recipient }: Notification): string {
  if (channel === Channel.WEBHOOK) return `Webhook of ${accountId}`;
  const way = channel === Channel.SMS ? 'Text message' : 'Email';
  return recipient === '' ? `${way} to the contact of ${accountId}` : `${way} to the review desk about ${accountId}`;
}

/** A template or the type of an event as words: application-approved and application.approved are "Application approved". */
function titleOf(template: string): string {
  const words = template.replaceAll(/[-.]/g, ' ').replace('websocket', 'WebSocket');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
