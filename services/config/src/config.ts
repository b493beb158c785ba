import { parseAddressRanges } from '@longwire/origins';
import { commonFields, grpcFields, parsing, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  ...commonFields,
  ...grpcFields,
  /** Ranges that may be origins although they are not public: CIDR, separated by commas. */
  ORIGIN_ALLOW: z.string().default('').transform(parsing(parseAddressRanges)),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
