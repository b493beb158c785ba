import { openBucket } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import { DeliveryFailure } from './failure.ts';
import { languages } from './wording.ts';

const contactsSchema = z.object({
  name: z.string().default(''),
  phoneNumber: z.string().default(''),
  email: z.string().default(''),
  language: z.enum(languages).catch('en'),
});

/** How a person of an account is reached. Personal data: for the message alone, never for an event, an answer or a log. */
type Contacts = z.infer<typeof contactsSchema>;

/** Looks up an account's contacts. */
export type FindContacts = (accountId: string) => Promise<Contacts>;

/**
 * Reads the bucket `contacts`, which activation owns; it is opened when first needed.
 * @throws DeliveryFailure permanent when the account has none (they were erased) or they cannot be read
 */
export function findContactsIn(nats: NatsConnection): FindContacts {
  let bucket: KV | undefined;
  return async (accountId) => {
    bucket ??= await openBucket(nats, 'contacts');
    const entry = await bucket.get(accountId);
    if (!entry || entry.operation !== 'PUT') throw new DeliveryFailure('no contacts', true);
    return parse(entry.string());
  };
}

function parse(text: string): Contacts {
  try {
    return contactsSchema.parse(JSON.parse(text));
  } catch {
    // The cause is not kept: JSON.parse quotes what it was given.
    throw new DeliveryFailure('unreadable contacts', true);
  }
}
