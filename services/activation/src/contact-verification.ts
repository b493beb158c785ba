import { DomainError } from '@longwire/contracts';
import { channels } from './events.ts';
import type { AccountEvent, Channel } from './events.ts';
import { mostCodeRequests } from './state.ts';
import type { AccountState } from './state.ts';

export type ContactCommand =
  | {
      type: 'RequestContactVerification';
      verificationId: string;
      channel: Channel;
      /** Whether the account has an address of this kind. */
      hasAddress: boolean;
      now: Date;
    }
  | {
      type: 'ConfirmContactVerification';
      verificationId: string;
      now: Date;
    };

/** How long a code is good, in milliseconds. */
const codeLifeMs = 600_000;
const hourMs = 3_600_000;

type Request = Extract<ContactCommand, { type: 'RequestContactVerification' }>;
type Confirm = Extract<ContactCommand, { type: 'ConfirmContactVerification' }>;

/**
 * A request for a code, which the caller has put where it is sent from.
 * RESOURCE_EXHAUSTED after ten within an hour, over both ways and whatever became of the address since: each costs a message
 * to somebody who may not have asked for it.
 */
export function requestContactVerification(
  { verificationId, channel, hasAddress, now }: Request,
  { codeRequests }: AccountState,
): AccountEvent[] {
  if (codeRequests.some((request) => request.verificationId === verificationId)) return [];
  if (!hasAddress) throw addressMissing(channel);
  const [oldest] = codeRequests;
  const free = oldest ? new Date(oldest.expireTime).getTime() - codeLifeMs + hourMs : 0;
  if (codeRequests.length >= mostCodeRequests && now.getTime() < free)
    throw new DomainError('RESOURCE_EXHAUSTED', 'TOO_MANY_CODES', 'too many codes were asked for; try again later', {
      metadata: { try_again_time: new Date(free).toISOString() },
    });
  const expireTime = new Date(now.getTime() + codeLifeMs).toISOString();
  return [{ type: 'ContactVerificationRequested', verificationId, channel, expireTime }];
}

/** The caller has seen that the code is right. */
export function confirmContact({ verificationId, now }: Confirm, { checks }: AccountState): AccountEvent[] {
  const channel = channels.find((one) => checks[one]?.verificationId === verificationId);
  const check = channel && checks[channel];
  if (!check) throw verificationOver();
  if (check.verified) return [];
  if (now >= new Date(check.expireTime)) throw verificationOver();
  return [{ type: 'ContactVerified', verificationId, channel }];
}

/** What was asked for is too old, was replaced by a later request, or the address has changed since. */
export function verificationOver(): DomainError {
  return new DomainError('FAILED_PRECONDITION', 'VERIFICATION_OVER', 'this code is no longer good; ask for a new one');
}

function addressMissing(channel: Channel): DomainError {
  const [type, description] =
    channel === 'sms'
      ? ['CONTACT_PHONE', 'give a phone number first']
      : ['CONTACT_EMAIL', 'give an email address first'];
  const preconditions = [{ type, subject: 'account', description }];
  return new DomainError('FAILED_PRECONDITION', 'ADDRESS_MISSING', description, { preconditions });
}
