export type Channel = 'email' | 'sms';

/** What a notification tells. No personal datum and no code: who it goes to, and a one-time code, are looked up when it is sent. */
export type Content =
  | { template: 'application-approved'; parameters: { applicationId: string; companyName: string } }
  | {
      template: 'application-rejected';
      parameters: {
        applicationId: string;
        companyName: string;
        reason: string;
        /** What to mend before applying again. */
        mend?: string[];
      };
    }
  | {
      template: 'application-reminder';
      parameters: {
        applicationId: string;
        companyName: string;
        kind: 'half_time' | 'overdue';
        /** When the answer is due, ISO 8601. */
        dueTime: string;
      };
    }
  | { template: 'entitlement-suspended'; parameters: { companyName: string; reason: string } }
  | { template: 'entitlement-reinstated'; parameters: { companyName: string } }
  | { template: 'verification-code'; parameters: { verificationId: string; companyName: string } };

export type Template = Content['template'];

/** A one-time code as it is sent: a secret until it is used. */
export type OneTimeCode = { code: string; /** For how many more minutes it counts, at least 1. */ minutes: number };

/** Content with all that its wording needs. It holds a code, so it is for the message alone. */
export type Telling =
  | Exclude<Content, { template: 'verification-code' }>
  | { template: 'verification-code'; parameters: OneTimeCode & { companyName: string } };
