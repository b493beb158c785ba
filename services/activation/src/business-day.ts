type LocalTime = { year: number; month: number; day: number; hour: number; minute: number; second: number };

/**
 * When an answer is due that is promised within one business day: the same time of the next business day; what comes in on
 * a day off counts from the start of the next business day. Business days are Monday to Friday in the desk's time zone;
 * public holidays are not known here.
 */
export function oneBusinessDayAfter(time: Date, timeZone: string): Date {
  const local = localTime(time, timeZone);
  if (isBusinessDay(local)) return toInstant(nextBusinessDay(local), timeZone);
  const start = { ...nextBusinessDay(local), hour: 0, minute: 0, second: 0 };
  return toInstant(nextBusinessDay(start), timeZone);
}

function isBusinessDay({ year, month, day }: LocalTime): boolean {
  const weekday = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return weekday >= 1 && weekday <= 5;
}

function nextBusinessDay(local: LocalTime): LocalTime {
  const date = new Date(Date.UTC(local.year, local.month - 1, local.day + 1));
  const next = { ...local, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  return isBusinessDay(next) ? next : nextBusinessDay(next);
}

function localTime(time: Date, timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return { year, month, day, hour, minute, second };
}

// Twice, because the zone's offset at the first guess may differ from that at the answer (a change of clocks between).
function toInstant(local: LocalTime, timeZone: string): Date {
  const asUtc = utcMillis(local);
  const guess = asUtc - offsetMillis(asUtc, timeZone);
  return new Date(asUtc - offsetMillis(guess, timeZone));
}

function offsetMillis(instant: number, timeZone: string): number {
  return utcMillis(localTime(new Date(instant), timeZone)) - Math.floor(instant / 1000) * 1000;
}

function utcMillis({ year, month, day, hour, minute, second }: LocalTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
