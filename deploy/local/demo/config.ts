import { readEnv } from '@longwire/service';
import { z } from 'zod';

const address = z.string().regex(/^\w+:\/\/\S+$/, 'must be a URL');

const schema = z.object({
  ACTIVATION_URL: address,
  CONFIG_URL: address,
  EDGE_URL: address,
  INBOX_URL: address,
  ISSUER_URL: address,
  ISSUER_STATE_DIR: z.string(),
  ORIGIN_URL: address,
  LOG_LEVEL: z.enum(['info', 'warn', 'error', 'fatal']).default('warn'),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
