import { parseAddressRanges } from '@longwire/origins';
import { commonFields, grpcFields, listenAddress, parsing, readEnv } from '@longwire/service';
import { z } from 'zod';
import { parseQuietHours } from './quiet-hours.ts';
import type { ReviewDesk } from './recipients.ts';
import type { Limits } from './send-limits.ts';
import { languages } from './wording.ts';

const list = (entry: z.ZodType<string, string>) =>
  z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
    .pipe(z.array(entry));
const count = (usual: number) => z.coerce.number().int().positive().default(usual);
const timeZone = z
  .string()
  .refine(isTimeZone, 'must be an IANA time zone, for example Asia/Shanghai')
  .default('Asia/Shanghai');
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const secret = z.string().min(16, 'must have at least 16 characters');

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
  /** With both of these mail is signed for the sender's domain (DKIM, RFC 6376): the selector, and the file of the key in PEM. */
  DKIM_SELECTOR: z.hostname().optional(),
  DKIM_PRIVATE_KEY_FILE: z.string().optional(),
  /** Which protocol the SMS provider speaks. */
  SMS_PROVIDER: z.enum(['http', 'aliyun', 'twilio']).default('http'),
  /** Where the SMS provider takes messages by POST; for aliyun and twilio their own address unless told. */
  SMS_URL: httpUrl.optional(),
  /** The key that signs what is sent to the SMS provider. */
  SMS_SECRET: secret.optional(),
  ALIYUN_ACCESS_KEY_ID: z.string().optional(),
  ALIYUN_ACCESS_KEY_SECRET: z.string().optional(),
  /** The approved signature that stands before every text. */
  ALIYUN_SIGN_NAME: z.string().optional(),
  /** Approved templates, comma list of `<template>[.<language>]=<code>`. */
  ALIYUN_TEMPLATES: z
    .string()
    .default('')
    .transform(
      parsing((text) => new Map(text.split(',').flatMap((part) => (part.trim() ? [readPair(part.trim())] : [])))),
    ),
  /** The last part of the path to which Aliyun pushes receipts. */
  ALIYUN_RECEIPTS_SECRET: secret.optional(),
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[\da-f]{32}$/, 'must be AC and 32 hexadecimal digits')
    .optional(),
  TWILIO_AUTH_TOKEN: z.string().optional(),
  /** A number, a sender id, or a messaging service. */
  TWILIO_FROM: z.string().optional(),
  /** Where delivery receipts are taken; nowhere unless told. */
  RECEIPTS_LISTEN: listenAddress.optional(),
  /** The same address as the provider sees it; Twilio is told it with each message. */
  RECEIPTS_URL: httpUrl.optional(),
  /** The delay before the second attempt; each further one is four times as long, one hour at most. */
  NOTIFIER_RETRY_BASE_MS: count(5_000),
  /** Attempts until a notification counts as failed. */
  NOTIFIER_MAX_ATTEMPTS: count(8),
  /** How many attempts may begin within a minute, on each channel. */
  NOTIFIER_EMAILS_PER_MINUTE: count(600),
  NOTIFIER_SMS_PER_MINUTE: count(120),
  NOTIFIER_WEBHOOKS_PER_MINUTE: count(1_200),
  /** How many attempts may begin within an hour to one recipient, on each channel. */
  NOTIFIER_RECIPIENT_PER_HOUR: count(30),
  /** Addresses that may be a webhook's although they are not public, and without TLS: a comma list of CIDR ranges. */
  WEBHOOK_ALLOW: z.string().default('').transform(parsing(parseAddressRanges)),
  /** Deliveries given up in a row after which a webhook is switched off. */
  WEBHOOK_MAX_FAILURES: count(10),
  /** When SMS that are not urgent wait, such as 22:00-08:00, and in which zone. */
  QUIET_HOURS: z.string().transform(parsing(parseQuietHours)).optional(),
  QUIET_TIME_ZONE: timeZone,
  /** Within which time a decision is to be told; longer is an alarm. */
  TELLING_LIMIT_SECONDS: count(43_200),
  /** Who hears of applications that wait too long; commas between them. */
  REVIEW_DESK_EMAILS: list(z.email('must be email addresses, separated by commas')),
  /** E.164, commas between them. */
  REVIEW_DESK_PHONES: list(z.e164('must be phone numbers such as +8613800138000, separated by commas')),
  REVIEW_DESK_LANGUAGE: z.enum(languages).default('en'),
  /** In which zone times are written. */
  DESK_TIME_ZONE: timeZone,
});

export type Config = z.infer<typeof schema>;

/** What one variable makes needed is listed together with what is wrong besides. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const needed: Partial<Record<Name, true>> = {};
  for (const name of neededIn(env)) needed[name] = true;
  return readEnv(schema.required(needed), env);
}

/** How much is sent at most. */
export function limitsIn(config: Config): Limits {
  const perRecipientHour = config.NOTIFIER_RECIPIENT_PER_HOUR;
  return {
    email: { perMinute: config.NOTIFIER_EMAILS_PER_MINUTE, perRecipientHour },
    sms: { perMinute: config.NOTIFIER_SMS_PER_MINUTE, perRecipientHour },
    webhook: { perMinute: config.NOTIFIER_WEBHOOKS_PER_MINUTE, perRecipientHour: 3_600 },
  };
}

/** The people who review applications. */
export function reviewDesk(config: Config): ReviewDesk {
  return {
    emails: config.REVIEW_DESK_EMAILS,
    phones: config.REVIEW_DESK_PHONES,
    language: config.REVIEW_DESK_LANGUAGE,
    timeZone: config.DESK_TIME_ZONE,
  };
}

type Name = keyof typeof schema.shape;

function neededIn(env: NodeJS.ProcessEnv): Name[] {
  const provider = env['SMS_PROVIDER'];
  const receipts = Boolean(env['RECEIPTS_LISTEN']);
  const dkim = Boolean(env['DKIM_SELECTOR'] || env['DKIM_PRIVATE_KEY_FILE']);
  const needed: [boolean, Name[]][] = [
    [!provider || provider === 'http', ['SMS_URL', 'SMS_SECRET']],
    [provider === 'aliyun', ['ALIYUN_ACCESS_KEY_ID', 'ALIYUN_ACCESS_KEY_SECRET', 'ALIYUN_SIGN_NAME']],
    [provider === 'aliyun' && receipts, ['ALIYUN_RECEIPTS_SECRET']],
    [provider === 'twilio', ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM']],
    [provider === 'twilio' && receipts, ['RECEIPTS_URL']],
    [dkim, ['DKIM_SELECTOR', 'DKIM_PRIVATE_KEY_FILE']],
  ];
  return needed.flatMap(([holds, names]) => (holds ? names : []));
}

function readPair(pair: string): [string, string] {
  const [, template = '', code = ''] = /^([a-z-]+(?:\.(?:en|zh-CN))?)=(\w{1,40})$/.exec(pair) ?? [];
  if (code === '') throw new RangeError('must be a comma list such as application-approved.zh-CN=SMS_123456789');
  return [template, code];
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}
