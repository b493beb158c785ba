import { commonFields, grpcFields, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  ...commonFields,
  ...grpcFields,
  /** Where the review desk's business days are counted (an IANA time zone). */
  DESK_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone, for example Asia/Shanghai')
    .default('Asia/Shanghai'),
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
