import { useInfiniteQuery } from '@tanstack/react-query';
import { Notification_State } from '@longwire/contracts/connect/notifier/v1/notification';
import { useState } from 'react';
import { MessageRow } from '../parts/message-row.tsx';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { notificationsQuery } from '../queries.ts';
import { useSession } from '../session.tsx';
import { TellingFigures } from './telling-figures.tsx';

const filters = {
  All: Notification_State.UNSPECIFIED,
  Failed: Notification_State.FAILED,
  Queued: Notification_State.QUEUED,
} as const;

/** What was sent to whom by which way, and what could not be. */
export function MessagesPage() {
  const { roles } = useSession();
  const [state, setState] = useState<Notification_State>(filters.All);
  const notifications = useInfiniteQuery(notificationsQuery(state));
  return (
    <Page title="Messages" lead="What was told to whom, and whether it went out.">
      {(roles.includes('reviewer') || roles.includes('operator')) && <TellingFigures />}
      <fieldset className="segments">
        <legend className="hidden">State</legend>
        {Object.entries(filters).map(([text, filter]) => (
          <button key={text} type="button" aria-pressed={filter === state} onClick={() => setState(filter)}>
            {text}
          </button>
        ))}
      </fieldset>
      <PagesOf
        query={notifications}
        empty={
          state === filters.All
            ? 'Nothing has been sent yet. A decision on an application sends the first messages.'
            : 'There is no such message.'
        }
      >
        {(entries) => (
          <ul className="list">
            {entries.map((notification) => (
              <MessageRow key={notification.notificationId} notification={notification} />
            ))}
          </ul>
        )}
      </PagesOf>
    </Page>
  );
}
