import type { Telling } from './content.ts';
import { fitsOneSegment } from './sms-segment.ts';
import { renderEmail, renderSms } from './templates.ts';
import type { Language } from './wording.ts';

const companyName = 'Acme';
const applicationId = '0b7f7a52-4f0e-4a53-9a6e-1f6a3a1c2d01';
const dueTime = '2026-11-25T09:00:00Z';

/** Every template, filled with example values. */
const examples: { [Name in Telling['template']]: Extract<Telling, { template: Name }> } = {
  'application-approved': { template: 'application-approved', parameters: { applicationId, companyName } },
  'application-rejected': {
    template: 'application-rejected',
    parameters: {
      applicationId,
      companyName,
      reason: 'The licence has expired.',
      mend: ['Send the licence of this year.'],
    },
  },
  'application-reminder': {
    template: 'application-reminder',
    parameters: { applicationId, companyName, kind: 'half_time', dueTime },
  },
  'entitlement-suspended': {
    template: 'entitlement-suspended',
    parameters: { companyName, reason: 'The last bill is not paid.' },
  },
  'entitlement-reinstated': { template: 'entitlement-reinstated', parameters: { companyName } },
  'verification-code': { template: 'verification-code', parameters: { companyName, code: '000000', minutes: 10 } },
  'webhook-disabled': {
    template: 'webhook-disabled',
    parameters: { companyName, host: 'hooks.acme.example', reason: '10 deliveries in a row have failed' },
  },
};

const isTemplate = (name: string): name is Telling['template'] => Object.hasOwn(examples, name);

export const previewTemplates = Object.keys(examples).filter(isTemplate);

/** What a template looks like to a reader of a language. */
export function preview(template: Telling['template'], language: Language, timeZone: string) {
  const reader = { name: language === 'zh-CN' ? '艾达' : 'Ada', language, timeZone };
  const sms = renderSms(examples[template], reader);
  return { ...renderEmail(examples[template], reader), sms, smsIsOneSegment: fitsOneSegment(sms) };
}
