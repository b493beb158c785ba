import { dayAfter } from './calendar.ts';
import type { Calendar, Day } from './calendar.ts';
import type { TimeZone } from './time-zone.ts';

/** The review desk's time: the working days of its calendar, in its time zone, from their first moment to their last. */
export class DeskClock {
  readonly #calendar: Calendar;
  readonly #zone: TimeZone;

  constructor(calendar: Calendar, zone: TimeZone) {
    this.#calendar = calendar;
    this.#zone = zone;
  }

  /**
   * When an answer is due that is promised within one business day: as far into the next working day as the submission is
   * into its own. What comes in on a day off counts from the start of the next working day.
   */
  dueTime(submitted: Date): Date {
    const day = this.#zone.dayOf(submitted);
    const isWorkingDay = this.#calendar.isWorkingDay(day);
    const next = this.#calendar.workingDayAfter(isWorkingDay ? day : this.#calendar.workingDayAfter(day));
    const elapsed = isWorkingDay ? submitted.getTime() - this.#start(day) : 0;
    // A day on which clocks go forward is shorter than others.
    return new Date(Math.min(this.#start(next) + elapsed, this.#start(dayAfter(next)) - 1));
  }

  /** The moment that has as much working time before it, since the first, as behind it, until the second. */
  halfTime(from: Date, to: Date): Date {
    const spans = this.#workingSpans(from.getTime(), to.getTime());
    let half = spans.reduce((sum, { start, end }) => sum + end - start, 0) / 2;
    for (const { start, end } of spans) {
      if (half <= end - start) return new Date(start + half);
      half -= end - start;
    }
    return to;
  }

  /** Whether the calendar knows the day of a moment; where it does not, only weekends are taken for days off. */
  covers(time: Date): boolean {
    return this.#calendar.covers(this.#zone.dayOf(time));
  }

  #workingSpans(from: number, to: number): { start: number; end: number }[] {
    const spans = [];
    for (let day = this.#zone.dayOf(new Date(from)); this.#start(day) < to; day = dayAfter(day)) {
      if (!this.#calendar.isWorkingDay(day)) continue;
      const end = this.#start(dayAfter(day));
      spans.push({ start: Math.max(from, this.#start(day)), end: Math.min(to, end) });
    }
    return spans;
  }

  #start(day: Day): number {
    return this.#zone.startOf(day).getTime();
  }
}
