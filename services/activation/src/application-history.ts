import { ApplicationHistoryEntry } from '@longwire/contracts/activation/v1/activation_service';
import { history } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import type { AccountEvent } from './events.ts';
import { accountSubject } from './read-model.ts';

type ApplicationEvent = Extract<AccountEvent, { applicationId: string }>;

/** What reviewers do among themselves. */
const deskOnly: ReadonlySet<AccountEvent['type']> = new Set([
  'ApplicationClaimed',
  'ApplicationReleased',
  'ApplicationNoted',
  'ApplicationReminded',
]);

/** What happened to an application, from the log, the oldest first. */
export async function applicationHistory(
  log: EventLog,
  accountId: string,
  applicationId: string,
  withDesk: boolean,
): Promise<ApplicationHistoryEntry[]> {
  const entries: ApplicationHistoryEntry[] = [];
  for await (const { meta, events } of history<AccountEvent>(log, accountSubject(accountId))) {
    for (const event of events) {
      if (!('applicationId' in event) || event.applicationId !== applicationId) continue;
      if (!withDesk && deskOnly.has(event.type)) continue;
      entries.push(
        ApplicationHistoryEntry.create({
          type: event.type,
          time: meta.time,
          actor: meta.actor,
          text: textOf(event),
        }),
      );
    }
  }
  return entries;
}

function textOf(event: ApplicationEvent): string {
  switch (event.type) {
    case 'ApplicationSubmitted':
      return event.purpose;
    case 'ApplicationRejected':
      return event.reason;
    case 'ApplicationNoted':
      return event.note;
    case 'ApplicationReminded':
      return event.kind;
    case 'ApplicationWithdrawn':
    case 'ApplicationClaimed':
    case 'ApplicationReleased':
    case 'ApplicationApproved':
      return '';
    default:
      return event satisfies never;
  }
}
