/** The hours of a day in which nobody wants an SMS that can wait, as minutes since midnight in a time zone (IANA name). */
export type QuietHours = { from: number; to: number; timeZone: string };

/** Reads `22:00-08:00`. */
export function parseQuietHours(text: string): Omit<QuietHours, 'timeZone'> {
  const [, ...parts] = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  const [fromHour = NaN, fromMinute = NaN, toHour = NaN, toMinute = NaN] = parts.map(Number);
  const hours = { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute };
  if (Number.isNaN(hours.from) || hours.from === hours.to) throw new RangeError('must be hours such as 22:00-08:00');
  return hours;
}

/** Milliseconds until the quiet hours end; 0 outside them. */
export function quietForMs({ from, to, timeZone }: QuietHours, now: Date): number {
  const minute = minuteOfDay(now, timeZone);
  const sinceFrom = (minute - from + minutesOfDay) % minutesOfDay;
  const length = (to - from + minutesOfDay) % minutesOfDay;
  return sinceFrom < length ? (length - sinceFrom) * 60_000 - (now.getTime() % 60_000) : 0;
}

const minutesOfDay = 24 * 60;

function minuteOfDay(time: Date, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(time);
  const [hour = 0, minute = 0] = clock.split(':').map(Number);
  return hour * 60 + minute;
}
