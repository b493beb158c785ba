import type { AccountEvent, Answer, Channel, Language, Limits, ReminderKind } from './events.ts';

export type ApplicationState = 'pending' | 'approved' | 'rejected' | 'withdrawn';

/** Where a contact's verification stands; a request that ran out of time stays as it is. */
export type ContactCheck = { verificationId: string; expireTime: string; verified: boolean };

/** The application that waits for a decision. */
export type OpenApplication = {
  applicationId: string;
  dueTime: string;
  claimer: string | undefined;
  reminded: readonly ReminderKind[];
};

export type AccountState = {
  created: boolean;
  companyName: string;
  registration: { country: string; number: string } | undefined;
  language: Language | undefined;
  /** By the way of reaching: the last verification of the present address. */
  checks: Readonly<Partial<Record<Channel, ContactCheck>>>;
  /** The latest requests for codes, whatever became of them. */
  codeRequests: readonly { verificationId: string; expireTime: string }[];
  contactsErased: boolean;
  verified: boolean;
  evidence: string | undefined;
  /** When the enterprise's verification ends; undefined where it has no end. */
  verifiedUntil: string | undefined;
  revokeReason: string | undefined;
  /** The application that gave the right to enable WebSocket. */
  entitledBy: string | undefined;
  limits: Limits | undefined;
  suspendReason: string | undefined;
  applications: Readonly<Record<string, ApplicationState>>;
  /** By application: how it was answered. */
  answers: Readonly<Record<string, Answer>>;
  open: OpenApplication | undefined;
};

/** Requests for codes that are remembered: as many as an hour allows. */
export const mostCodeRequests = 10;

export const initial: AccountState = {
  created: false,
  companyName: '',
  registration: undefined,
  language: undefined,
  checks: {},
  codeRequests: [],
  contactsErased: false,
  verified: false,
  evidence: undefined,
  verifiedUntil: undefined,
  revokeReason: undefined,
  entitledBy: undefined,
  limits: undefined,
  suspendReason: undefined,
  applications: {},
  answers: {},
  open: undefined,
};

export function evolve(state: AccountState, event: AccountEvent): AccountState {
  switch (event.type) {
    case 'AccountCreated':
      return created(state, event);
    case 'RegistrationSet':
      return { ...unverified(state), registration: { country: event.country, number: event.registrationNumber } };
    case 'LanguageSet':
      return { ...state, language: event.language };
    case 'ContactsUpdated':
      return contactsUpdated(state, event);
    case 'ContactVerificationRequested':
      return verificationRequested(state, event);
    case 'ContactVerified':
      return contactVerified(state, event);
    case 'ContactsErased':
      return { ...state, checks: {}, contactsErased: true };
    case 'EnterpriseVerified':
      return { ...unverified(state), verified: true, evidence: event.evidence, verifiedUntil: event.expireTime };
    case 'EnterpriseVerificationRevoked':
      return { ...unverified(state), revokeReason: event.reason };
    case 'ApplicationSubmitted':
      return submitted(state, event);
    case 'ApplicationWithdrawn':
      return concluded(state, event.applicationId, 'withdrawn');
    case 'ApplicationClaimed':
      return changeOpen(state, event, { claimer: event.reviewer });
    case 'ApplicationReleased':
      return changeOpen(state, event, { claimer: undefined });
    case 'ApplicationNoted':
      return state;
    case 'ApplicationReminded':
      return changeOpen(state, event, { reminded: [...(state.open?.reminded ?? []), event.kind] });
    case 'ApplicationApproved':
      return { ...answered(state, event, 'approved'), entitledBy: event.applicationId, limits: event.limits };
    case 'ApplicationRejected':
      return answered(state, event, 'rejected');
    case 'EntitlementSuspended':
      return { ...state, suspendReason: event.reason };
    case 'EntitlementReinstated':
      return { ...state, suspendReason: undefined };
    default:
      throw unknown(event);
  }
}

function unknown({ type }: { type: string }): Error {
  return new Error(`an account knows no event ${type}`);
}

type Event<Type extends AccountEvent['type']> = Extract<AccountEvent, { type: Type }>;

function created(state: AccountState, event: Event<'AccountCreated'>): AccountState {
  const { companyName, country, registrationNumber, language } = event;
  const registration =
    country === undefined || registrationNumber === undefined ? undefined : { country, number: registrationNumber };
  return { ...state, created: true, companyName, registration, language };
}

function unverified(state: AccountState): AccountState {
  return { ...state, verified: false, evidence: undefined, verifiedUntil: undefined, revokeReason: undefined };
}

function contactsUpdated(state: AccountState, event: Event<'ContactsUpdated'>): AccountState {
  const { phoneChanged = true, emailChanged = true } = event;
  const { sms, email } = state.checks;
  const checks = { ...(sms && !phoneChanged && { sms }), ...(email && !emailChanged && { email }) };
  return { ...state, checks, contactsErased: false };
}

function verificationRequested(state: AccountState, event: Event<'ContactVerificationRequested'>): AccountState {
  const { verificationId, channel, expireTime } = event;
  const check = { verificationId, expireTime, verified: false };
  const codeRequests = [...state.codeRequests, { verificationId, expireTime }].slice(-mostCodeRequests);
  return { ...state, checks: { ...state.checks, [channel]: check }, codeRequests };
}

function contactVerified(state: AccountState, { channel, verificationId }: Event<'ContactVerified'>): AccountState {
  const check = state.checks[channel];
  if (check?.verificationId !== verificationId) return state;
  return { ...state, checks: { ...state.checks, [channel]: { ...check, verified: true } } };
}

function submitted(state: AccountState, { applicationId, dueTime }: Event<'ApplicationSubmitted'>): AccountState {
  const open = { applicationId, dueTime, claimer: undefined, reminded: [] };
  return { ...state, applications: { ...state.applications, [applicationId]: 'pending' }, open };
}

function concluded(state: AccountState, applicationId: string, outcome: ApplicationState): AccountState {
  return { ...state, applications: { ...state.applications, [applicationId]: outcome }, open: undefined };
}

function answered(state: AccountState, answer: Answer, outcome: ApplicationState): AccountState {
  const answers = { ...state.answers, [answer.applicationId]: answer };
  return { ...concluded(state, answer.applicationId, outcome), answers };
}

function changeOpen(
  state: AccountState,
  { applicationId }: { applicationId: string },
  change: Partial<OpenApplication>,
): AccountState {
  if (state.open?.applicationId !== applicationId) return state;
  return { ...state, open: { ...state.open, ...change } };
}
