export type Channel = 'email' | 'sms' | 'webhook';

/** The channels that reach people. */
export type PersonalChannel = Exclude<Channel, 'webhook'>;

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
  | { template: 'verification-code'; parameters: { verificationId: string; companyName: string } }
  | { template: 'webhook-disabled'; parameters: { companyName: string; host: string; reason: string } }
  | WebhookContent;

/** What a webhook is told. */
export type WebhookContent = {
  template: 'webhook-event';
  parameters: { eventType: WebhookEventType; data: Record<string, string> };
};

export const webhookEventTypes = [
  'application.approved',
  'application.rejected',
  'entitlement.suspended',
  'entitlement.reinstated',
  'websocket.enabled',
  'websocket.disabled',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number] | 'webhook.test';

export type Template = Content['template'];

/** Content that is worded for people. */
export type PersonalContent = Exclude<Content, WebhookContent>;

/** A one-time code as it is sent: a secret until it is used. */
export type OneTimeCode = { code: string; /** For how many more minutes it counts, at least 1. */ minutes: number };

/** Content with all that its wording needs. It holds a code, so it is for the message alone. */
export type Telling =
  | Exclude<PersonalContent, { template: 'verification-code' }>
  | { template: 'verification-code'; parameters: OneTimeCode & { companyName: string } };
