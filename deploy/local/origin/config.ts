import { commonFields, listenAddress, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  ORIGIN_LISTEN: listenAddress,
  LOG_LEVEL: commonFields.LOG_LEVEL,
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
