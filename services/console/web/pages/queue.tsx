import { useInfiniteQuery } from '@tanstack/react-query';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { useState } from 'react';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { queueQuery } from '../queries.ts';
import type { QueueFilter } from '../queries.ts';
import { useSession } from '../session.tsx';
import { Approve, Reject } from './decisions.tsx';
import type { Decide } from './decisions.tsx';
import { DeskFigures } from './desk-figures.tsx';
import { WaitingApplication } from './waiting-application.tsx';

const filters: { text: string; filter: QueueFilter }[] = [
  { text: 'All', filter: { claimedByMe: false, overdue: false } },
  { text: 'Claimed by me', filter: { claimedByMe: true, overdue: false } },
  { text: 'Overdue', filter: { claimedByMe: false, overdue: true } },
];

/** What waits for a reviewer, the most urgent first. */
export function QueuePage() {
  const { roles } = useSession();
  const [filter, setFilter] = useState(filters[0]?.filter ?? { claimedByMe: false, overdue: false });
  const queue = useInfiniteQuery(queueQuery(filter));
  const [decision, setDecision] = useState<Decide>();
  const close = () => setDecision(undefined);
  return (
    <Page title="Queue" lead="Applications that wait for a decision. The answer is due within one business day.">
      <DeskFigures />
      <fieldset className="segments">
        <legend className="hidden">Show</legend>
        {filters.map((one) => (
          <button
            key={one.text}
            type="button"
            aria-pressed={one.filter === filter}
            onClick={() => setFilter(one.filter)}
          >
            {one.text}
          </button>
        ))}
      </fieldset>
      <PagesOf query={queue} empty="Nothing waits for a decision.">
        {(entries) => (
          <ul className="list">
            {entries.toSorted(byDueTime).map((application) => (
              <WaitingApplication
                key={application.applicationId}
                application={application}
                now={queue.dataUpdatedAt}
                {...(roles.includes('reviewer') && { onDecide: setDecision })}
              />
            ))}
          </ul>
        )}
      </PagesOf>
      {/* What is decided stays on the page though the list, read again, may not hold it any more. */}
      <Approve decision={decision} onClose={close} />
      <Reject decision={decision} onClose={close} />
    </Page>
  );
}

function byDueTime(one: Application, other: Application): number {
  return (one.dueTime ? timestampMs(one.dueTime) : 0) - (other.dueTime ? timestampMs(other.dueTime) : 0);
}
