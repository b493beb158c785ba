import { accountPattern } from '@longwire/auth';
import { Channel } from '@longwire/contracts/activation/v1/account';
import { Application_State } from '@longwire/contracts/activation/v1/application';
import { etag, pageSize, requestId } from '@longwire/service';
import { isValidPhoneNumber, parsePhoneNumberWithError } from 'libphonenumber-js';
import { z } from 'zod';
import { isCountry, isRegistrationNumber, registrationRule } from './registration.ts';

/** What each request must look like; a violation is named to the caller as it stands here. */
const accountId = z
  .string()
  .regex(accountPattern, 'must be 3 to 40 lower-case letters, digits and hyphens, starting with a letter');
const accountOrEmpty = z.union([z.literal(''), accountId]);
const applicationId = z.uuid('must be the id of an application').toLowerCase();
const text = (most: number) =>
  z.string().trim().min(1, 'must not be empty').max(most, `must have at most ${most} characters`);
// Control characters, line separators, and what turns the direction of the text around it.
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const isOneLine = (line: string) => !unseen.test(line);
const oneLine = 'must be one line without control characters';
const language = z.enum(['zh-CN', 'en'], 'must be zh-CN or en');

const contacts = z.object(
  {
    name: z.string().trim().max(100, 'must have at most 100 characters').refine(isOneLine, oneLine),
    phoneNumber: z
      .string()
      .refine(
        (number) => number === '' || isInternational(number),
        'must be a phone number in E.164 form, for example +8613800138000',
      )
      .transform((number) => (number === '' ? '' : parsePhoneNumberWithError(number).number)),
    email: z.union([z.literal(''), z.email('must be an email address').max(254)]),
  },
  'must be given; what is empty in it is erased',
);
const contactsOrNone = contacts.optional().transform((given) => given ?? { name: '', phoneNumber: '', email: '' });

const registration = {
  country: z.string().trim().toUpperCase(),
  registrationNumber: z.string().trim().toUpperCase(),
};
type Registration = z.infer<z.ZodObject<typeof registration>>;

/** Country and number belong together. They are looked at though other fields are wrong: every violation is named at once. */
const always = { when: () => true };
const countryRule = {
  ...always,
  path: ['country'],
  error: 'must be the code of a country in two letters (ISO 3166-1), for example CN',
};
const numberRule = {
  ...always,
  path: ['registrationNumber'],
  error: ({ input }: { input?: unknown }) => registrationRule((input as Registration).country),
};
const hasRightNumber = ({ country, registrationNumber }: Registration) =>
  !isCountry(country) || isRegistrationNumber(country, registrationNumber);
const hasNone = ({ country, registrationNumber }: Registration) => country === '' && registrationNumber === '';

export const createAccount = z
  .object({
    accountId: accountOrEmpty,
    companyName: text(200).refine(isOneLine, oneLine),
    contacts: contactsOrNone,
    ...registration,
    language: z.union([z.literal('').transform(() => undefined), language], 'must be zh-CN or en'),
    requestId,
  })
  .refine((request) => hasNone(request) || isCountry(request.country), countryRule)
  .refine((request) => hasNone(request) || hasRightNumber(request), numberRule);
export const getAccount = z.object({ accountId: accountOrEmpty });
export const listAccounts = z.object({ pageSize, pageToken: z.string() });
export const setRegistration = z
  .object({ accountId: accountOrEmpty, ...registration, etag, requestId })
  .refine(({ country }) => isCountry(country), countryRule)
  .refine(hasRightNumber, numberRule);
export const setLanguage = z.object({ accountId: accountOrEmpty, language, etag, requestId });
export const verifyEnterprise = z.object({
  accountId,
  evidence: text(500).refine(isOneLine, oneLine),
  expireTime: z
    .date('must be given')
    .refine(isWithinTenYears, 'must be a moment from now on, and within ten years')
    .transform((time) => time.toISOString()),
  etag,
  requestId,
});
export const revokeEnterpriseVerification = z.object({ accountId, reason: text(1000), etag, requestId });

const channels = { [Channel.CHANNEL_SMS]: 'sms', [Channel.CHANNEL_EMAIL]: 'email' } as const;
export const updateContacts = z.object({ accountId: accountOrEmpty, contacts, etag, requestId });
export const requestContactVerification = z.object({
  accountId: accountOrEmpty,
  channel: z
    .literal([Channel.CHANNEL_SMS, Channel.CHANNEL_EMAIL], 'must be CHANNEL_SMS or CHANNEL_EMAIL')
    .transform((channel) => channels[channel]),
  requestId,
});
export const confirmContactVerification = z.object({
  accountId: accountOrEmpty,
  verificationId: z.uuid('must be the id of a verification').toLowerCase(),
  code: z.string().regex(/^\d{6}$/, 'must be the six digits that were sent'),
  requestId,
});
export const eraseContacts = z.object({ accountId: accountOrEmpty, etag, requestId });

const amount = (most: bigint) =>
  z.bigint().min(0n, 'must be a whole number, not negative').max(most, `must be at most ${most}`).transform(Number);
const mostBandwidthBps = 10n ** 15n;
const mostConnections = 10n ** 12n;
const isStated = [(value: number) => value > 0, 'must be given, and more than 0'] as const;
export const checkPrerequisites = z.object({ accountId: accountOrEmpty });
export const submitApplication = z.object({
  accountId: accountOrEmpty,
  purpose: text(1000),
  domains: z.array(z.string().trim().toLowerCase()).max(100, 'must be at most 100'),
  peakBandwidthBps: amount(mostBandwidthBps).refine(...isStated),
  peakConnections: amount(mostConnections).refine(...isStated),
  requestId,
});
export const withdrawApplication = z.object({ accountId: accountOrEmpty, applicationId, etag, requestId });
export const getApplication = z.object({ accountId: accountOrEmpty, applicationId });
export const listApplications = z.object({
  accountId: accountOrEmpty,
  state: z.enum(Application_State, 'must be a state of applications'),
  pageSize,
  pageToken: z.string(),
  claimedByMe: z.boolean(),
  overdue: z.boolean(),
});
export const listApplicationHistory = z.object({ accountId: accountOrEmpty, applicationId });
export const approveApplication = z.object({
  accountId,
  applicationId,
  limits: z.object({ bandwidthBps: amount(mostBandwidthBps), connections: amount(mostConnections) }).optional(),
  etag,
  requestId,
});
export const rejectApplication = z.object({
  accountId,
  applicationId,
  reason: text(1000),
  mend: z.array(text(200)).max(10, 'must be at most 10'),
  etag,
  requestId,
});

export const claimApplication = z.object({ accountId, applicationId, etag, requestId });
export const releaseApplication = z.object({ accountId, applicationId, etag, requestId });
export const noteApplication = z.object({ accountId, applicationId, note: text(2000), etag, requestId });
export const getDeskFigures = z.object({
  days: z
    .int()
    .min(0, 'must not be negative')
    .max(366, 'must be at most 366')
    .transform((days) => days || 30),
});
export const suspendEntitlement = z.object({ accountId, reason: text(1000), etag, requestId });
export const reinstateEntitlement = z.object({ accountId, etag, requestId });

function isInternational(number: string): boolean {
  return /^\+\d{6,15}$/.test(number) && isValidPhoneNumber(number);
}

function isWithinTenYears(time: Date): boolean {
  const ahead = time.getTime() - Date.now();
  return ahead > 0 && ahead < 10 * 366 * 24 * 3_600_000;
}
