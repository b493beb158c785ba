import { commonFields, listenAddress, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  /** The page, and the endpoint for SMS. */
  INBOX_HTTP_LISTEN: listenAddress,
  INBOX_SMTP_LISTEN: listenAddress,
  /** Holds the messages; made when it is not there. */
  INBOX_STATE_DIR: z.string(),
  /** The key with which senders of SMS sign. */
  SMS_SECRET: z.string(),
  LOG_LEVEL: commonFields.LOG_LEVEL,
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
