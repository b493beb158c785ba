/** The language in which messages are written. */
export type Language = 'zh-CN' | 'en';
export const channels = ['sms', 'email'] as const;
export type Channel = (typeof channels)[number];
/** The most that an account may use over all its domains; 0 is no limit. */
export type Limits = { bandwidthBps: number; connections: number };
export type ReminderKind = 'half_time' | 'overdue';

/**
 * What happened to an account and its applications. Who and when stand in each decision's headers; people's names, phones
 * and addresses stand in no event, nor does a one-time code. Fields with a question mark are absent in older events.
 */
export type AccountEvent =
  | {
      type: 'AccountCreated';
      companyName: string;
      country?: string;
      registrationNumber?: string;
      language?: Language;
    }
  | { type: 'RegistrationSet'; country: string; registrationNumber: string }
  | { type: 'LanguageSet'; language: Language }
  /** What does not say that an address stayed has changed it. */
  | { type: 'ContactsUpdated'; phoneChanged?: boolean; emailChanged?: boolean }
  | { type: 'ContactVerificationRequested'; verificationId: string; channel: Channel; expireTime: string }
  | { type: 'ContactVerified'; verificationId: string; channel: Channel }
  | { type: 'ContactsErased' }
  | { type: 'EnterpriseVerified'; evidence?: string; expireTime?: string }
  | { type: 'EnterpriseVerificationRevoked'; reason: string }
  | {
      type: 'ApplicationSubmitted';
      applicationId: string;
      purpose: string;
      dueTime: string;
      domains?: string[];
      peakBandwidthBps?: number;
      peakConnections?: number;
    }
  | { type: 'ApplicationWithdrawn'; applicationId: string }
  | { type: 'ApplicationClaimed'; applicationId: string; reviewer: string }
  | { type: 'ApplicationReleased'; applicationId: string }
  | { type: 'ApplicationNoted'; applicationId: string; note: string }
  | { type: 'ApplicationReminded'; applicationId: string; kind: ReminderKind; dueTime: string }
  | Answer
  | { type: 'EntitlementSuspended'; reason: string }
  | { type: 'EntitlementReinstated' };

/** A reviewer's decision on an application. */
export type Answer =
  | { type: 'ApplicationApproved'; applicationId: string; limits?: Limits }
  | { type: 'ApplicationRejected'; applicationId: string; reason: string; mend?: string[] };
