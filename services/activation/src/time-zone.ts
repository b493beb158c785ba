import type { Day } from './calendar.ts';

/** Where days begin and end in a time zone (IANA). */
export class TimeZone {
  readonly #format: Intl.DateTimeFormat;

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'iso8601',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  /** The day on which a moment falls. */
  dayOf(time: Date): Day {
    const parts = this.#format.formatToParts(time);
    const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? '';
    return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
  }

  /** The first moment of a day. Found by halving: only the zone knows what clocks show, and a day need not begin at midnight. */
  startOf(day: Day): Date {
    let before = Date.parse(day) - widestOffsetMs;
    let start = Date.parse(day) + widestOffsetMs;
    while (start - before > 1) {
      const middle = Math.floor((before + start) / 2);
      if (this.dayOf(new Date(middle)) < day) before = middle;
      else start = middle;
    }
    return new Date(start);
  }
}

/** Farther from UTC than any clock is. */
const widestOffsetMs = 16 * 3_600_000;
