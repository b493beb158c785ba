import { commonFields, listenAddress, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  ISSUER_LISTEN: listenAddress,
  /** The `iss` of tokens, and where people and services find this issuer. */
  ISSUER_URL: z.url(),
  /** Holds keys and users; made when it is not there. */
  ISSUER_STATE_DIR: z.string(),
  /** The secret of the client `console`. */
  ISSUER_CLIENT_SECRET: z.string(),
  /** Where the console takes people back after they signed in. */
  ISSUER_REDIRECT_URI: z.url(),
  LOG_LEVEL: commonFields.LOG_LEVEL,
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
