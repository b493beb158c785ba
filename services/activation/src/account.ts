import { DomainError } from '@longwire/contracts';
import type { PreconditionViolation } from '@longwire/contracts';

/**
 * An account with its applications, one aggregate on one subject: "one open application" is then a rule of one stream.
 * Who and when stand in each decision's headers; people's names, phones and addresses stand in no event.
 */
export type AccountEvent =
  | { type: 'AccountCreated'; companyName: string }
  | { type: 'ContactsUpdated' }
  | { type: 'EnterpriseVerified' }
  | { type: 'ApplicationSubmitted'; applicationId: string; purpose: string; dueTime: string }
  | { type: 'ApplicationWithdrawn'; applicationId: string }
  | { type: 'ApplicationApproved'; applicationId: string }
  | { type: 'ApplicationRejected'; applicationId: string; reason: string };

export type ApplicationState = 'pending' | 'approved' | 'rejected' | 'withdrawn';

export type AccountState = {
  created: boolean;
  companyName: string;
  verified: boolean;
  /** The application that gave the right to enable WebSocket. */
  entitledBy: string | undefined;
  applications: Record<string, ApplicationState>;
};

export type AccountCommand =
  | { type: 'CreateAccount'; companyName: string }
  | { type: 'UpdateContacts' }
  | { type: 'VerifyEnterprise' }
  | {
      type: 'SubmitApplication';
      applicationId: string;
      purpose: string;
      /** When an answer is due, ISO 8601. */
      dueTime: string;
      /** What the aggregate cannot know by itself. */
      facts: { domainWithIcpNumber: boolean; reachableBySms: boolean; reachableByEmail: boolean };
    }
  | { type: 'WithdrawApplication'; applicationId: string }
  | { type: 'ApproveApplication'; applicationId: string }
  | { type: 'RejectApplication'; applicationId: string; reason: string };

export const account = {
  initial: {
    created: false,
    companyName: '',
    verified: false,
    entitledBy: undefined,
    applications: {},
  } satisfies AccountState as AccountState,
  evolve,
  decide,
};

function evolve(state: AccountState, event: AccountEvent): AccountState {
  switch (event.type) {
    case 'AccountCreated':
      return { ...state, created: true, companyName: event.companyName };
    case 'ContactsUpdated':
      return state;
    case 'EnterpriseVerified':
      return { ...state, verified: true };
    case 'ApplicationSubmitted':
      return withApplication(state, event.applicationId, 'pending');
    case 'ApplicationWithdrawn':
      return withApplication(state, event.applicationId, 'withdrawn');
    case 'ApplicationApproved':
      return { ...withApplication(state, event.applicationId, 'approved'), entitledBy: event.applicationId };
    case 'ApplicationRejected':
      return withApplication(state, event.applicationId, 'rejected');
    default:
      return event satisfies never;
  }
}

function decide(command: AccountCommand, state: AccountState): AccountEvent[] {
  if (command.type === 'CreateAccount') return create(command.companyName, state);
  if (!state.created)
    throw new DomainError('NOT_FOUND', 'ACCOUNT_NOT_FOUND', 'there is no such account; create it first');
  switch (command.type) {
    case 'UpdateContacts':
      return [{ type: 'ContactsUpdated' }];
    case 'VerifyEnterprise':
      return state.verified ? [] : [{ type: 'EnterpriseVerified' }];
    case 'SubmitApplication':
      return submit(command, state);
    case 'WithdrawApplication':
      return conclude(state, command.applicationId, 'withdrawn', { ...command, type: 'ApplicationWithdrawn' });
    case 'ApproveApplication':
      return conclude(state, command.applicationId, 'approved', { ...command, type: 'ApplicationApproved' });
    case 'RejectApplication':
      return conclude(state, command.applicationId, 'rejected', { ...command, type: 'ApplicationRejected' });
    default:
      return command satisfies never;
  }
}

function create(companyName: string, state: AccountState): AccountEvent[] {
  if (!state.created) return [{ type: 'AccountCreated', companyName }];
  throw new DomainError('ALREADY_EXISTS', 'ACCOUNT_EXISTS', 'an account with this id exists already');
}

function submit(
  { applicationId, purpose, dueTime, facts }: Extract<AccountCommand, { type: 'SubmitApplication' }>,
  state: AccountState,
): AccountEvent[] {
  if (state.applications[applicationId]) return [];
  if (state.entitledBy !== undefined)
    throw new DomainError(
      'FAILED_PRECONDITION',
      'ALREADY_ACTIVATED',
      'WebSocket is activated for this account already',
    );
  if (Object.values(state.applications).includes('pending'))
    throw new DomainError('FAILED_PRECONDITION', 'APPLICATION_OPEN', 'an application is open; withdraw it or wait');
  const missing = missingPrerequisites(state, facts);
  if (missing.length > 0) {
    const list = missing.map(({ description }) => description).join('; ');
    throw new DomainError('FAILED_PRECONDITION', 'PREREQUISITES_MISSING', list, { preconditions: missing });
  }
  return [{ type: 'ApplicationSubmitted', applicationId, purpose, dueTime }];
}

function missingPrerequisites(
  state: AccountState,
  facts: Extract<AccountCommand, { type: 'SubmitApplication' }>['facts'],
): PreconditionViolation[] {
  const prerequisites = [
    { met: state.verified, type: 'ENTERPRISE_VERIFICATION', description: 'have the enterprise verified by a reviewer' },
    {
      met: facts.domainWithIcpNumber,
      type: 'ICP_NUMBER',
      description: 'add a domain that has an ICP number, or declare the number on one of yours',
    },
    { met: facts.reachableBySms, type: 'CONTACT_PHONE', description: 'give a phone number that can receive SMS' },
    { met: facts.reachableByEmail, type: 'CONTACT_EMAIL', description: 'give an email address' },
  ];
  return prerequisites
    .filter(({ met }) => !met)
    .map(({ type, description }) => ({ type, subject: 'account', description }));
}

/** Ends a pending application; ending it the same way again decides nothing. */
function conclude(
  state: AccountState,
  applicationId: string,
  outcome: ApplicationState,
  event: Extract<AccountEvent, { type: 'ApplicationWithdrawn' | 'ApplicationApproved' | 'ApplicationRejected' }>,
): AccountEvent[] {
  const present = state.applications[applicationId];
  if (present === undefined)
    throw new DomainError('NOT_FOUND', 'APPLICATION_NOT_FOUND', 'the account has no such application');
  if (present === outcome) return [];
  if (present !== 'pending')
    throw new DomainError('FAILED_PRECONDITION', 'APPLICATION_DECIDED', `the application is ${present} already`);
  return [event];
}

function withApplication(state: AccountState, applicationId: string, application: ApplicationState): AccountState {
  return { ...state, applications: { ...state.applications, [applicationId]: application } };
}
