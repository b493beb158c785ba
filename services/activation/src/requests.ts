import { etag, pageSize, requestId } from '@longwire/service';
import { isValidPhoneNumber, parsePhoneNumberWithError } from 'libphonenumber-js';
import { z } from 'zod';

/** What each request must look like; a violation is named to the caller as it stands here. */
const accountId = z
  .string()
  .regex(
    /^[a-z](?:[a-z\d-]{1,38}[a-z\d])$/,
    'must be 3 to 40 lower-case letters, digits and hyphens, starting with a letter',
  );
const accountOrEmpty = z.union([z.literal(''), accountId]);
const applicationId = z.uuid('must be the id of an application');
const text = (most: number) =>
  z.string().trim().min(1, 'must not be empty').max(most, `must have at most ${most} characters`);
// Control characters, line separators, and what turns the direction of the text around it.
const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const isOneLine = (line: string) => !unseen.test(line);
const oneLine = 'must be one line without control characters';

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

export const createAccount = z.object({
  accountId: accountOrEmpty,
  companyName: text(200).refine(isOneLine, oneLine),
  contacts: contactsOrNone,
  requestId,
});
export const getAccount = z.object({ accountId: accountOrEmpty });
export const listAccounts = z.object({ pageSize, pageToken: z.string() });
export const updateContacts = z.object({ accountId: accountOrEmpty, contacts, etag, requestId });
export const verifyEnterprise = z.object({ accountId, etag, requestId });
export const submitApplication = z.object({ accountId: accountOrEmpty, purpose: text(1000), requestId });
export const withdrawApplication = z.object({ accountId: accountOrEmpty, applicationId, etag, requestId });
export const getApplication = z.object({ accountId: accountOrEmpty, applicationId });
export const listApplications = z.object({
  accountId: accountOrEmpty,
  state: z.int(),
  pageSize,
  pageToken: z.string(),
});
export const approveApplication = z.object({ accountId, applicationId, etag, requestId });
export const rejectApplication = z.object({ accountId, applicationId, reason: text(1000), etag, requestId });

function isInternational(number: string): boolean {
  return /^\+\d{6,15}$/.test(number) && isValidPhoneNumber(number);
}
