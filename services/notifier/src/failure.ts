/**
 * A message that was not accepted. Its text consists of codes and our own words alone: what a relay or a provider
 * answers often quotes the address, and this text goes into the event stream, the API and the log.
 */
export class DeliveryFailure extends Error {
  /** Trying again would not help. */
  readonly permanent: boolean;
  /** It may have been accepted: whoever can be asked is asked before it is sent again. */
  readonly isUnknown: boolean;
  /** Milliseconds before which the other side wants no further attempt. */
  readonly retryAfterMs: number;

  constructor(message: string, permanent: boolean, { isUnknown = false, retryAfterMs = 0 }: FailureDetails = {}) {
    super(message);
    this.name = 'DeliveryFailure';
    this.permanent = permanent;
    this.isUnknown = isUnknown;
    this.retryAfterMs = retryAfterMs;
  }
}

type FailureDetails = { isUnknown?: boolean; retryAfterMs?: number | undefined };

/**
 * The code of an error, or of what caused it, such as ECONNREFUSED or EENVELOPE; its name where there is none.
 * An error's message is never taken.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const codes: unknown[] = ['originalCode' in error && error.originalCode, 'code' in error && error.code];
  const known = codes.find((code) => typeof code === 'string' && /^[A-Z][A-Z_]{1,40}$/.test(code));
  if (typeof known === 'string') return known;
  return error.cause === undefined ? error.name : errorCode(error.cause);
}
