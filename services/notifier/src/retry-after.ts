const longestMs = 3_600_000;

/**
 * For how many milliseconds an answer of 429 or 503 asks to be left alone, an hour at most; undefined where it does not.
 * `Retry-After` holds seconds, or a date in one of three formats, always in GMT (RFC 9110, 10.2.3 and 5.6.7).
 */
export function retryAfterMs(status: number, header: string | null | undefined, now = Date.now()): number | undefined {
  if ((status !== 429 && status !== 503) || !header) return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : readDate(header) - now;
  return Number.isNaN(waitMs) ? undefined : Math.min(longestMs, Math.max(0, waitMs));
}

function readDate(text: string): number {
  if (!/^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/.test(text)) return Number.NaN;
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
