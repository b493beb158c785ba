import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A day as a calendar has it, in no time zone: YYYY-MM-DD. */
export type Day = string;

const day = z.iso.date();

const schema = z
  .strictObject({
    name: z.string(),
    /** Where the days were taken from. */
    source: z.string().optional(),
    /** The first and the last day that the calendar knows; without them it knows every day. */
    from: day.optional(),
    to: day.optional(),
    /** Days of the week that are off: 0 is Sunday. */
    weekend: z.array(z.int().min(0).max(6)).max(6, 'must leave a day to work'),
    /** Days off that would be working days, or are off for another reason than the weekend. */
    daysOff: z.array(day).default([]),
    /** Days of a weekend that are worked. */
    workingDays: z.array(day).default([]),
  })
  .refine(
    ({ from, to, daysOff, workingDays }) => [...daysOff, ...workingDays].every((one) => isWithin(one, from, to)),
    {
      path: ['daysOff'],
      error: 'and workingDays must lie within from and to',
    },
  );

/** Which days are worked. Outside of what it covers only weekends are off. */
export class Calendar {
  readonly name: string;
  readonly #from: Day | undefined;
  readonly #to: Day | undefined;
  readonly #weekend: ReadonlySet<number>;
  readonly #daysOff: ReadonlySet<Day>;
  readonly #workingDays: ReadonlySet<Day>;

  constructor(data: unknown) {
    const { name, from, to, weekend, daysOff, workingDays } = schema.parse(data);
    this.name = name;
    this.#from = from;
    this.#to = to;
    this.#weekend = new Set(weekend);
    this.#daysOff = new Set(daysOff);
    this.#workingDays = new Set(workingDays);
  }

  covers(day: Day): boolean {
    return isWithin(day, this.#from, this.#to);
  }

  isWorkingDay(day: Day): boolean {
    if (this.#daysOff.has(day)) return false;
    return this.#workingDays.has(day) || !this.#weekend.has(new Date(day).getUTCDay());
  }

  /** The first working day after a day. */
  workingDayAfter(day: Day): Day {
    let next = dayAfter(day);
    while (!this.isWorkingDay(next)) next = dayAfter(next);
    return next;
  }
}

export function dayAfter(day: Day): Day {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

/**
 * Reads a calendar: `china` and `weekdays` are at hand, a path that ends with .json is a file of one's own.
 * @throws Error that says what is wrong with the file
 */
export function readCalendar(name: string): Calendar {
  const isOwn = name.endsWith('.json');
  if (!isOwn && !/^[a-z-]+$/.test(name)) throw new Error('must be china, weekdays, or the path of a .json file');
  const file = isOwn ? name : new URL(`../calendars/${name}.json`, import.meta.url);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error('must be china, weekdays, or the path of a .json file that can be read', { cause });
  }
  try {
    return new Calendar(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON';
    throw new Error(`is no calendar: ${why}`, { cause: error });
  }
}

function isWithin(day: Day, from = day, to = day): boolean {
  return from <= day && day <= to;
}
