import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@longwire/contracts';
import { answer, claim, note, release, remind, submit, withdraw, type ApplicationCommand } from './application.ts';
import { confirmContact, requestContactVerification, type ContactCommand } from './contact-verification.ts';
import type { AccountEvent, Channel, Language } from './events.ts';
import { evolve, initial } from './state.ts';
import type { AccountState } from './state.ts';

export type AccountCommand =
  | CreateAccount
  | { type: 'SetRegistration'; country: string; registrationNumber: string }
  | { type: 'SetLanguage'; language: Language }
  | UpdateContacts
  | { type: 'EraseContacts' }
  | ContactCommand
  | {
      type: 'VerifyEnterprise';
      evidence: string;
      /** When it ends, ISO 8601. */
      expireTime: string;
    }
  | { type: 'RevokeEnterpriseVerification'; reason: string }
  | ApplicationCommand
  | { type: 'SuspendEntitlement'; reason: string }
  | { type: 'ReinstateEntitlement' };

type UpdateContacts = {
  type: 'UpdateContacts';
  phoneChanged: boolean;
  emailChanged: boolean;
  /** The verifications that there were before the contacts were compared. */
  seen: AccountState['checks'];
};

type CreateAccount = {
  type: 'CreateAccount';
  companyName: string;
  registration?: { country: string; registrationNumber: string };
  language?: Language;
};

/** An account with its applications, one aggregate on one subject: "one open application" is then a rule of one stream. */
export const account = { initial, evolve, decide };

function decide(command: AccountCommand, state: AccountState): AccountEvent[] {
  if (command.type === 'CreateAccount') return create(command, state);
  if (!state.created)
    throw new DomainError('NOT_FOUND', 'ACCOUNT_NOT_FOUND', 'there is no such account; create it first');
  switch (command.type) {
    case 'SetRegistration':
      return setRegistration(command, state);
    case 'SetLanguage':
      return state.language === command.language ? [] : [{ type: 'LanguageSet', language: command.language }];
    case 'UpdateContacts':
      return updateContacts(command, state);
    case 'EraseContacts':
      return state.contactsErased ? [] : [{ type: 'ContactsErased' }];
    case 'RequestContactVerification':
      return requestContactVerification(command, state);
    case 'ConfirmContactVerification':
      return confirmContact(command, state);
    case 'VerifyEnterprise':
      return verifyEnterprise(command, state);
    case 'RevokeEnterpriseVerification':
      return state.verified ? [{ type: 'EnterpriseVerificationRevoked', reason: command.reason }] : [];
    case 'SubmitApplication':
      return submit(command, state);
    case 'WithdrawApplication':
      return withdraw(command, state);
    case 'ClaimApplication':
      return claim(command, state);
    case 'ReleaseApplication':
      return release(command, state);
    case 'NoteApplication':
      return note(command, state);
    case 'RemindOfApplication':
      return remind(command, state);
    case 'ApproveApplication':
    case 'RejectApplication':
      return answer(command, state);
    case 'SuspendEntitlement':
      return suspend(command.reason, state);
    case 'ReinstateEntitlement':
      return state.suspendReason === undefined ? [] : [{ type: 'EntitlementReinstated' }];
    default:
      return command satisfies never;
  }
}

function create({ companyName, registration, language }: CreateAccount, state: AccountState): AccountEvent[] {
  if (state.created)
    throw new DomainError('ALREADY_EXISTS', 'ACCOUNT_EXISTS', 'an account with this id exists already');
  return [{ type: 'AccountCreated', companyName, ...registration, ...(language && { language }) }];
}

/** What was verified, or asked for, since the contacts were compared was so for others: they count as changed. */
function updateContacts(
  { phoneChanged, emailChanged, seen }: UpdateContacts,
  { checks }: AccountState,
): AccountEvent[] {
  const hasMoved = (channel: Channel) => !isDeepStrictEqual(seen[channel], checks[channel]);
  return [
    {
      type: 'ContactsUpdated',
      phoneChanged: phoneChanged || hasMoved('sms'),
      emailChanged: emailChanged || hasMoved('email'),
    },
  ];
}

function setRegistration(
  { country, registrationNumber }: Extract<AccountCommand, { type: 'SetRegistration' }>,
  { registration }: AccountState,
): AccountEvent[] {
  if (registration?.country === country && registration.number === registrationNumber) return [];
  return [{ type: 'RegistrationSet', country, registrationNumber }];
}

function verifyEnterprise(
  { evidence, expireTime }: Extract<AccountCommand, { type: 'VerifyEnterprise' }>,
  state: AccountState,
): AccountEvent[] {
  if (!state.registration) {
    const description = 'the account must give its country and registration number first';
    throw new DomainError('FAILED_PRECONDITION', 'REGISTRATION_MISSING', description, {
      preconditions: [{ type: 'REGISTRATION', subject: 'account', description }],
    });
  }
  const isKnown = state.verified && state.evidence === evidence && state.verifiedUntil === expireTime;
  return isKnown ? [] : [{ type: 'EnterpriseVerified', evidence, expireTime }];
}

function suspend(reason: string, state: AccountState): AccountEvent[] {
  if (state.entitledBy === undefined)
    throw new DomainError('FAILED_PRECONDITION', 'NOT_ACTIVATED', 'WebSocket is not activated for this account');
  return state.suspendReason === undefined ? [{ type: 'EntitlementSuspended', reason }] : [];
}
