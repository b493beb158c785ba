import type { AccountState } from './state.ts';

/** Something without which an application is refused, met or not. */
export type Prerequisite = {
  type: 'ENTERPRISE_VERIFICATION' | 'ICP_NUMBER' | 'CONTACT_PHONE' | 'CONTACT_EMAIL';
  met: boolean;
  /** What to do; empty when it is met. */
  todo: string;
};

/** What the aggregate cannot know by itself. */
export type Facts = {
  /** The account's domains. */
  domains: readonly { name: string; hasIcpNumber: boolean }[];
  hasPhoneNumber: boolean;
  hasEmail: boolean;
};

/** All that an application needs, in the order in which it is best done. */
export function prerequisites(state: AccountState, facts: Facts, now: Date): Prerequisite[] {
  return [
    toDo('ENTERPRISE_VERIFICATION', enterprise(state, now)),
    toDo('ICP_NUMBER', icpNumber(facts)),
    toDo('CONTACT_PHONE', phone(state, facts)),
    toDo('CONTACT_EMAIL', email(state, facts)),
  ];
}

/** Whether a reviewer has verified the enterprise, and that still holds. */
export function isVerified({ verified, verifiedUntil }: AccountState, now: Date): boolean {
  return verified && (verifiedUntil === undefined || now < new Date(verifiedUntil));
}

function toDo(type: Prerequisite['type'], todo: string): Prerequisite {
  return { type, met: todo === '', todo };
}

function enterprise(state: AccountState, now: Date): string {
  if (isVerified(state, now)) return '';
  if (state.verified) return 'the verification of the enterprise has expired; have it verified anew by a reviewer';
  if (state.revokeReason !== undefined)
    return `a reviewer revoked the verification of the enterprise (${state.revokeReason}); have it verified anew`;
  if (!state.registration)
    return 'give the company’s country and registration number, and have the enterprise verified by a reviewer';
  return 'have the enterprise verified by a reviewer';
}

function icpNumber({ domains }: Facts): string {
  if (domains.some(({ hasIcpNumber }) => hasIcpNumber)) return '';
  if (domains.length === 0) return 'add a domain that has an ICP number';
  return 'declare the ICP number of one of your domains';
}

function phone({ checks }: AccountState, { hasPhoneNumber }: Facts): string {
  if (!hasPhoneNumber) return 'give a phone number that can receive SMS, and verify it';
  return checks.sms?.verified ? '' : 'verify the phone number with the code that is sent to it';
}

function email({ checks }: AccountState, { hasEmail }: Facts): string {
  if (!hasEmail) return 'give an email address, and verify it';
  return checks.email?.verified ? '' : 'verify the email address with the code that is sent to it';
}
