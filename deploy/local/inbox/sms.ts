import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What a sender of SMS says in its body. */
export const smsRequest = z.object({
  /** Names the message over all attempts to send it. */
  id: z.string().regex(/^[\w.:-]{1,80}$/),
  /** E.164. */
  to: z.string().regex(/^\+[1-9]\d{4,14}$/),
  text: z.string().min(1).max(2000),
});

const oldestSignatureSeconds = 300;

/**
 * Whether `Longwire-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">` is right and of these minutes: neither the
 * body nor the time can be changed, and a request overheard cannot be sent again later.
 */
export function isSigned(body: Buffer, header: string | undefined, secret: string, now = Date.now()): boolean {
  const [, time = '', signature = ''] = /^t=(\d{1,12}),v1=([\da-f]{64})$/.exec(header ?? '') ?? [];
  if (!(Math.abs(now / 1000 - Number(time)) <= oldestSignatureSeconds)) return false;
  const right = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === right.length && timingSafeEqual(given, right);
}
