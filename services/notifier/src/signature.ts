import { createHmac, timingSafeEqual } from 'node:crypto';

/** How old a signature may be, in seconds: what is older may be a replay. */
const toleranceSeconds = 300;

/**
 * Covers time and body, so that neither can be changed or replayed later: `t=<Unix seconds>,v1=<hex HMAC-SHA256 of
 * "<t>.<body>">`, one `v1` for each secret, so that a receiver may know the old or the new one while it is replaced.
 */
export function sign(body: string, secrets: readonly string[], now = Date.now()): string {
  const unixSeconds = Math.floor(now / 1000);
  return [`t=${unixSeconds}`, ...secrets.map((secret) => `v1=${digest(unixSeconds, body, secret)}`)].join(',');
}

/** Whether a header is a signature of this body under this secret, made within five minutes of now. */
export function isSigned(body: string, header: string, secret: string, now = Date.now()): boolean {
  const [, time, ...signatures] = /^t=(\d{1,12})((?:,v1=[\da-f]{64})+)$/.exec(header) ?? [];
  if (time === undefined || Math.abs(now / 1000 - Number(time)) > toleranceSeconds) return false;
  const right = digest(Number(time), body, secret);
  return (signatures[0] ?? '').split(',v1=').some((given) => isSame(given, right));
}

/** Compares in constant time. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function digest(unixSeconds: number, body: string, secret: string): string {
  return createHmac('sha256', secret).update(`${unixSeconds}.${body}`).digest('hex');
}
