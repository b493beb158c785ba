import { DeliveryFailure, errorCode } from './failure.ts';
import { retryAfterMs } from './retry-after.ts';

const answerTimeoutMs = 10_000;

/**
 * Asks an SMS provider over HTTP.
 * @throws DeliveryFailure temporary when it does not answer: what it was given may have been accepted
 */
export async function ask(url: string | URL, init: RequestInit): Promise<Response> {
  try {
    // A redirect would carry the phone number to wherever it points.
    return await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(answerTimeoutMs) });
  } catch (error) {
    throw new DeliveryFailure(`SMS provider does not answer: ${errorCode(error)}`, false, { isUnknown: true });
  }
}

/** The JSON of an answer; undefined when it is none. */
export function readJson(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}

/**
 * What an answer that accepts nothing means: 401 and 403 are about our key, not about the message, and last until an
 * operator has repaired it; a success that cannot be read may be one. The provider's own code says more, where there is one.
 */
export function refused(response: Response, code?: string | number): DeliveryFailure {
  const { status, ok } = response;
  const said = code === undefined ? String(status) : `${status} ${code}`;
  if (ok) return untold(response);
  return failureOf(response, said, status < 500 && ![401, 403, 408, 429].includes(status));
}

/** An answer that does not say whether a message was accepted. */
export function untold(response: Response): DeliveryFailure {
  return failureOf(response, String(response.status), false, true);
}

/** A failure in the words of an answer, which are codes alone. A server that failed may have taken the message before. */
export function failureOf(
  { status, headers }: Response,
  said: string,
  permanent: boolean,
  isUnknown = status >= 500,
): DeliveryFailure {
  const details = { isUnknown, retryAfterMs: retryAfterMs(status, headers.get('retry-after')) };
  return new DeliveryFailure(`SMS provider answered ${said}`, permanent, details);
}
