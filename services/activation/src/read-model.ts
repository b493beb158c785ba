import type { Recorded } from '@longwire/eventlog';
import { account } from './account.ts';
import type { AccountEvent, AccountState, ApplicationState } from './account.ts';

/** An account as it is read: its state, and who did what when. */
export type AccountView = {
  accountId: string;
  state: AccountState;
  /** Stream sequence of the account's last decision. */
  sequence: number;
  createTime: Date;
  verification: { time: Date; verifier: string } | undefined;
  applications: Map<string, ApplicationView>;
};

export type ApplicationView = {
  accountId: string;
  applicationId: string;
  state: ApplicationState;
  purpose: string;
  submitTime: Date;
  dueTime: Date;
  /** How it ended; undefined while it is pending. */
  decision: { time: Date; actor: string; reason: string } | undefined;
};

export const subjectPrefix = 'activation.account.';

/** Folds one decision into the accounts by id. */
export function foldAccount(accounts: Map<string, AccountView>, recorded: Recorded<AccountEvent>): void {
  const accountId = recorded.subject.slice(subjectPrefix.length);
  const view = accounts.get(accountId) ?? newView(accountId, recorded.meta.time);
  accounts.set(accountId, view);
  view.sequence = recorded.sequence;
  for (const event of recorded.events) {
    view.state = account.evolve(view.state, event);
    note(view, event, recorded.meta);
  }
}

function note(view: AccountView, event: AccountEvent, { time, actor }: { time: Date; actor: string }): void {
  switch (event.type) {
    case 'AccountCreated':
    case 'ContactsUpdated':
      return;
    case 'EnterpriseVerified':
      view.verification = { time, verifier: actor };
      return;
    case 'ApplicationSubmitted':
      view.applications.set(event.applicationId, {
        accountId: view.accountId,
        applicationId: event.applicationId,
        state: 'pending',
        purpose: event.purpose,
        submitTime: time,
        dueTime: new Date(event.dueTime),
        decision: undefined,
      });
      return;
    case 'ApplicationWithdrawn':
    case 'ApplicationApproved':
    case 'ApplicationRejected': {
      const application = view.applications.get(event.applicationId);
      if (!application) return;
      application.state = view.state.applications[event.applicationId] ?? application.state;
      application.decision = { time, actor, reason: 'reason' in event ? event.reason : '' };
      return;
    }
    default:
      event satisfies never;
  }
}

function newView(accountId: string, createTime: Date): AccountView {
  return {
    accountId,
    state: account.initial,
    sequence: 0,
    createTime,
    verification: undefined,
    applications: new Map(),
  };
}
