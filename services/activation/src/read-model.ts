import type { Recorded } from '@longwire/eventlog';
import { account } from './account.ts';
import type { AccountEvent, Channel, Limits } from './events.ts';
import type { AccountState, ApplicationState } from './state.ts';

/** An account as it is read: its state, and who did what when. */
export type AccountView = {
  accountId: string;
  state: AccountState;
  /** Stream sequence of the account's last decision. */
  sequence: number;
  createTime: Date;
  /** Stream sequence of the last decision that set or erased the contacts. */
  contactsSequence: number;
  /** By the way of reaching: the sequence of the last request for a code. */
  requestSequences: Partial<Record<Channel, number>>;
  verification: { time: Date; verifier: string } | undefined;
  suspendTime: Date | undefined;
  applications: Map<string, ApplicationView>;
};

export type ApplicationView = {
  accountId: string;
  applicationId: string;
  state: ApplicationState;
  purpose: string;
  domains: string[];
  peakBandwidthBps: number;
  peakConnections: number;
  submitTime: Date;
  dueTime: Date;
  claimTime: Date | undefined;
  notes: { note: string; author: string; time: Date }[];
  /** How it ended; undefined while it is pending. */
  decision: { time: Date; actor: string; reason: string; mend: string[]; limits: Limits | undefined } | undefined;
};

export const subjectPrefix = 'activation.account.';

type When = { time: Date; actor: string; sequence: number };

/** Everything that is read of the stream ACTIVATION: a fold over it. */
export class ReadModel {
  readonly accounts = new Map<string, AccountView>();
  /** In the order in which they were submitted. */
  readonly applications: ApplicationView[] = [];
  readonly pending = new Set<ApplicationView>();
  /** Approved and rejected ones, in the order of the decisions. */
  readonly answered: ApplicationView[] = [];

  /** Folds one decision, and gives the account that it is about. */
  fold({ subject, sequence, meta, events }: Recorded<AccountEvent>): AccountView {
    const accountId = subject.slice(subjectPrefix.length);
    const view = this.accounts.get(accountId) ?? newView(accountId, meta.time);
    this.accounts.set(accountId, view);
    view.sequence = sequence;
    for (const event of events) {
      view.state = account.evolve(view.state, event);
      this.#note(view, event, { ...meta, sequence });
    }
    return view;
  }

  #note(view: AccountView, event: AccountEvent, when: When): void {
    if ('applicationId' in event) this.#noteApplication(view, event, when);
    switch (event.type) {
      case 'AccountCreated':
      case 'ContactsUpdated':
      case 'ContactsErased':
        view.contactsSequence = when.sequence;
        break;
      case 'ContactVerificationRequested':
        view.requestSequences[event.channel] = when.sequence;
        break;
      case 'EnterpriseVerified':
        view.verification = { time: when.time, verifier: when.actor };
        break;
      case 'EntitlementSuspended':
        view.suspendTime = when.time;
        break;
      default:
    }
  }

  #noteApplication(
    view: AccountView,
    event: Extract<AccountEvent, { applicationId: string }>,
    { time, actor }: When,
  ): void {
    if (event.type === 'ApplicationSubmitted') return this.#submitted(view, event, time);
    const application = view.applications.get(event.applicationId);
    if (!application) return;
    switch (event.type) {
      case 'ApplicationClaimed':
        application.claimTime = time;
        break;
      case 'ApplicationReleased':
        application.claimTime = undefined;
        break;
      case 'ApplicationNoted':
        application.notes.push({ note: event.note, author: actor, time });
        break;
      case 'ApplicationReminded':
        break;
      case 'ApplicationWithdrawn':
      case 'ApplicationApproved':
      case 'ApplicationRejected':
        application.state = view.state.applications[event.applicationId] ?? application.state;
        application.decision = { time, actor, reason: '', mend: [], limits: undefined, ...event };
        this.pending.delete(application);
        if (event.type !== 'ApplicationWithdrawn') this.answered.push(application);
        break;
      default:
        event satisfies never;
    }
  }

  #submitted(view: AccountView, event: Extract<AccountEvent, { type: 'ApplicationSubmitted' }>, time: Date): void {
    const application: ApplicationView = {
      accountId: view.accountId,
      applicationId: event.applicationId,
      state: 'pending',
      purpose: event.purpose,
      domains: event.domains ?? [],
      peakBandwidthBps: event.peakBandwidthBps ?? 0,
      peakConnections: event.peakConnections ?? 0,
      submitTime: time,
      dueTime: new Date(event.dueTime),
      claimTime: undefined,
      notes: [],
      decision: undefined,
    };
    view.applications.set(event.applicationId, application);
    this.applications.push(application);
    this.pending.add(application);
  }
}

function newView(accountId: string, createTime: Date): AccountView {
  return {
    accountId,
    state: account.initial,
    sequence: 0,
    createTime,
    contactsSequence: 0,
    requestSequences: {},
    verification: undefined,
    suspendTime: undefined,
    applications: new Map(),
  };
}
