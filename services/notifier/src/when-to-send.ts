import type { Config } from './config.ts';
import type { Template } from './content.ts';
import type { Notification } from './notification.ts';
import { quietForMs } from './quiet-hours.ts';
import type { SendLimits } from './send-limits.ts';

/** What nobody may hear of only in the morning: a code expires, and a suspension takes effect at once. */
const urgent: ReadonlySet<string> = new Set<Template>(['verification-code', 'entitlement-suspended']);

/** Milliseconds until a notification may be sent: an SMS that can wait respects the quiet hours, everything the limits. */
export function waitBeforeSending(limits: SendLimits, { QUIET_HOURS, QUIET_TIME_ZONE }: Config) {
  return (id: string, queued: Notification, now: Date): number => {
    const isQuiet = QUIET_HOURS && queued.channel === 'sms' && !urgent.has(queued.content.template);
    const quietMs = isQuiet ? quietForMs({ ...QUIET_HOURS, timeZone: QUIET_TIME_ZONE }, now) : 0;
    return quietMs || limits.admit(id, queued, now);
  };
}
