import { openBucket } from '@longwire/eventlog';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { PersonalChannel, OneTimeCode } from './content.ts';
import { DeliveryFailure } from './failure.ts';

const stored = z.object({
  code: z.string().regex(/^\d{6}$/),
  channel: z.enum(['email', 'sms']),
  expireTime: z.coerce.date(),
});

/** Looks up the one-time code that proves a contact on a channel; its minutes are counted from `since`. */
export type FindCode = (verificationId: string, channel: PersonalChannel, since: Date) => Promise<OneTimeCode>;

/**
 * Reads the bucket `verification-codes`, which activation owns; it is opened when first needed. A code is a secret: for
 * the message alone.
 * @throws DeliveryFailure permanent when the code is gone, has expired, is for another channel or cannot be read
 */
export function findCodesIn(nats: NatsConnection): FindCode {
  let bucket: KV | undefined;
  return async (verificationId, channel, since) => {
    bucket ??= await openBucket(nats, 'verification-codes');
    const entry = await bucket.get(verificationId);
    if (!entry || entry.operation !== 'PUT') throw new DeliveryFailure('the code is gone', true);
    const found = parse(entry.string());
    if (found.channel !== channel) throw new DeliveryFailure('the code is for another channel', true);
    if (found.expireTime <= new Date()) throw new DeliveryFailure('the code has expired', true);
    const leftMs = found.expireTime.getTime() - since.getTime();
    return { code: found.code, minutes: Math.max(1, Math.floor(leftMs / 60_000)) };
  };
}

function parse(text: string): z.infer<typeof stored> {
  try {
    return stored.parse(JSON.parse(text));
  } catch {
    // The cause is not kept: JSON.parse quotes what it was given.
    throw new DeliveryFailure('unreadable code', true);
  }
}
