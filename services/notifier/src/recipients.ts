import type { PersonalChannel } from './content.ts';
import type { FindContacts } from './contacts.ts';
import { DeliveryFailure } from './failure.ts';
import type { Notification } from './notification.ts';
import type { Reader } from './templates.ts';
import type { Language } from './wording.ts';

/** The people who review applications, as the operator names them. */
export type ReviewDesk = { emails: readonly string[]; phones: readonly string[]; language: Language; timeZone: string };

/** Where a message goes, and who reads it there. Personal data: for the message alone. */
export type Recipient = { address: string; reader: Reader };

export type FindRecipient = (notification: Notification, channel: PersonalChannel) => Promise<Recipient>;

/**
 * Finds who a notification goes to: the account's contacts, or one of the review desk.
 * @throws DeliveryFailure permanent when there is no such address
 */
export function findRecipientsIn(findContacts: FindContacts, desk: ReviewDesk): FindRecipient {
  return async ({ accountId, recipient }, channel) => {
    const deskIndex = /^desk-(\d+)$/.exec(recipient ?? '')?.[1];
    if (deskIndex !== undefined) {
      const address = required(deskAddresses(desk, channel)[Number(deskIndex)], channel);
      return { address, reader: { name: '', language: desk.language, timeZone: desk.timeZone } };
    }
    const { name, email, phoneNumber, language } = await findContacts(accountId);
    const address = required(channel === 'email' ? email : phoneNumber, channel);
    return { address, reader: { name, language, timeZone: desk.timeZone } };
  };
}

/** The desk's addresses of a channel; their positions name them in events. */
export function deskAddresses({ emails, phones }: Pick<ReviewDesk, 'emails' | 'phones'>, channel: PersonalChannel) {
  return channel === 'email' ? emails : phones;
}

function required(address: string | undefined, channel: PersonalChannel): string {
  if (address) return address;
  throw new DeliveryFailure(channel === 'email' ? 'no email address' : 'no phone number', true);
}
