import { DeliveryFailure, errorCode } from './failure.ts';

const answerTimeoutMs = 10_000;

/**
 * Asks an SMS provider over HTTP.
 * @throws DeliveryFailure temporary when it does not answer
 */
export async function ask(url: string | URL, init: RequestInit): Promise<Response> {
  try {
    // A redirect would carry the phone number to wherever it points.
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(answerTimeoutMs) });
  } catch (error) {
    throw new DeliveryFailure(`SMS provider does not answer: ${errorCode(error)}`, false);
  }
}

/** The JSON of an answer; undefined when it is none. */
export function readJson(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}

/**
 * What an answer that accepts nothing means: 401 and 403 are about our key, not about the message, and last until an
 * operator has repaired it; the provider's own code says more, where there is one.
 */
export function refused({ status }: Response, code?: string | number): DeliveryFailure {
  const isPermanent = status < 500 && ![401, 403, 408, 429].includes(status);
  return new DeliveryFailure(`SMS provider answered ${status}${code === undefined ? '' : ` ${code}`}`, isPermanent);
}
