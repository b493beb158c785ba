import { parseLeftOut } from '@longwire/eventlog';
import { commonFields, grpcFields, parsing, readEnv } from '@longwire/service';
import { z } from 'zod';
import { readCalendar } from './calendar.ts';

const schema = z.object({
  ...commonFields,
  ...grpcFields,
  /** Where the review desk's business days are counted (an IANA time zone). */
  DESK_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone, for example Asia/Shanghai')
    .default('Asia/Shanghai'),
  /** Which days it works: `china`, `weekdays`, or the path of a .json file of the same form. */
  DESK_CALENDAR: z.string().default('china').transform(parsing(readCalendar)),
  /** Messages of the streams that nobody can read, to be passed over. */
  EVENTLOG_LEAVE_OUT: z.string().default('').transform(parsing(parseLeftOut)),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
