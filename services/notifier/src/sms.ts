import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { DeliveryFailure, errorCode } from './failure.ts';

const answerTimeoutMs = 10_000;

export type SmsOptions = {
  url: string;
  /** The key of the signature. */
  secret: string;
};

export type Sms = {
  /** The provider takes one message once by this id, however often it is sent. */
  id: string;
  /** E.164. */
  to: string;
  text: string;
};

/**
 * Gives an SMS to the provider over HTTP and returns the provider's id of it; empty if it accepted without a usable one.
 * @throws DeliveryFailure temporary for no answer, 401, 403, 408, 429 and 5xx, permanent for any other answer but 202
 */
export async function sendSms({ url, secret }: SmsOptions, { id, to, text }: Sms): Promise<string> {
  const body = JSON.stringify({ id, to, text });
  const response = await post(url, body, sign(body, secret));
  if (response.status === 202) return readMessageId(response);
  await response.body?.cancel();
  throw new DeliveryFailure(`SMS provider answered ${response.status}`, isPermanent(response.status));
}

async function post(url: string, body: string, signature: string): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'longwire-signature': signature },
      body,
      // A redirect would carry the phone number to wherever it points.
      redirect: 'manual',
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
  } catch (error) {
    throw new DeliveryFailure(`SMS provider does not answer: ${errorCode(error)}`, false);
  }
}

/** Covers time and body, so that neither can be changed or replayed later: `t=<Unix seconds>,v1=<hex HMAC-SHA256>`. */
function sign(body: string, secret: string): string {
  const unixSeconds = Math.floor(Date.now() / 1000);
  const digest = createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex');
  return `t=${unixSeconds},v1=${digest}`;
}

const accepted = z.object({ messageId: z.string().regex(/^[\w.:-]{1,200}$/) });

async function readMessageId(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => undefined);
  return accepted.safeParse(answer).data?.messageId ?? '';
}

/** 401 and 403 are about our key, not about the message: they last until an operator has repaired it. */
function isPermanent(status: number): boolean {
  return status < 500 && ![401, 403, 408, 429].includes(status);
}
