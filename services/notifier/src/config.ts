import { commonFields, grpcFields, readEnv } from '@longwire/service';
import { z } from 'zod';
import type { ReviewDesk } from './recipients.ts';
import { languages } from './wording.ts';

const list = (entry: z.ZodType<string, string>) =>
  z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(entry));

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
  /** Who hears of applications that wait too long; commas between them. */
  REVIEW_DESK_EMAILS: list(z.email('must be email addresses, separated by commas')),
  /** E.164, commas between them. */
  REVIEW_DESK_PHONES: list(z.e164('must be phone numbers such as +8613800138000, separated by commas')),
  REVIEW_DESK_LANGUAGE: z.enum(languages).default('en'),
  /** In which zone times are written. */
  DESK_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'must be an IANA time zone such as Asia/Shanghai')
    .default('Asia/Shanghai'),
});

export type Config = z.infer<typeof schema>;

export const readConfig = (env: NodeJS.ProcessEnv): Config => readEnv(schema, env);

/** The people who review applications. */
export function reviewDesk(config: Config): ReviewDesk {
  return {
    emails: config.REVIEW_DESK_EMAILS,
    phones: config.REVIEW_DESK_PHONES,
    language: config.REVIEW_DESK_LANGUAGE,
    timeZone: config.DESK_TIME_ZONE,
  };
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
