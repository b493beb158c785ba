import type { Loaded, Recorded } from '@longwire/eventlog';
import { account } from './account.ts';
import type { AccountEvent, Channel, Limits } from './events.ts';
import type { AccountState, ApplicationState } from './state.ts';

/** An account as it is read: its state, and who did what when. */
export type AccountView = {
  accountId: string;
  state: AccountState;
  /** Stream sequence of the account's last decision. */
  sequence: number;
  /** The sequence of each command's decision. */
  decidedAt: Map<string, number>;
  createTime: Date;
  /** Stream sequence of the last decision that set or erased the contacts. */
  contactsSequence: number;
  /** Stream sequence of the last decision that set the language. */
  languageSequence: number;
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

const subjectPrefix = 'activation.account.';

/** The subject of an account's events. */
export function accountSubject(accountId: string): string {
  return `${subjectPrefix}${accountId}`;
}

/** What is known of an account's subject, for a command to go on from. */
export function loadedOf({ state, sequence, decidedAt }: AccountView): Loaded<AccountState> {
  return { state, sequence, decidedAt };
}

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
    // First what may throw: a view is changed by the whole of a decision or not at all.
    const state = events.reduce(account.evolve, view.state);
    view.decidedAt.set(meta.commandId, sequence);
    Object.assign(view, { state, sequence });
    for (const event of events) this.#note(view, event, { ...meta, sequence });
    this.accounts.set(accountId, view);
    return view;
  }

  #note(view: AccountView, event: AccountEvent, when: When): void {
    if ('applicationId' in event) this.#noteApplication(view, event, when);
    switch (event.type) {
      case 'AccountCreated':
        Object.assign(view, { contactsSequence: when.sequence, languageSequence: when.sequence });
        break;
      case 'ContactsUpdated':
      case 'ContactsErased':
        view.contactsSequence = when.sequence;
        break;
      case 'LanguageSet':
        view.languageSequence = when.sequence;
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
    decidedAt: new Map(),
    createTime,
    contactsSequence: 0,
    languageSequence: 0,
    requestSequences: {},
    verification: undefined,
    suspendTime: undefined,
    applications: new Map(),
  };
}
