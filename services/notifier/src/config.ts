import { commonFields, grpcFields, readEnv } from '@longwire/service';
import { z } from 'zod';

const schema = z.object({
  ...commonFields,
  ...grpcFields,
  /** The mail relay: smtp[s]://[user:password@]host[:port]; `?requireTLS=true` refuses a relay without STARTTLS. */
  SMTP_URL: z.url({
    protocol: /^smtps?$/,
    hostname: /./,
    error: 'must be smtp://[user:password@]host[:port], or smtps://',
  }),
  /** The sender's bare address; its domain also forms the Message-ID. */
  MAIL_FROM: z.email(),
  /** Where the SMS provider takes messages by POST. */
  SMS_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  /** The key that signs what is sent to the SMS provider. */
  SMS_SECRET: z.string().min(16, 'must have at least 16 characters'),
  /** The delay before the second attempt; each further one is four times as long, one hour at most. */
  NOTIFIER_RETRY_BASE_MS: z.coerce.number().int().positive().default(5_000),
  /** Attempts until a notification counts as failed. */
  NOTIFIER_MAX_ATTEMPTS: z.coerce.number().int().positive().default(8),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);
