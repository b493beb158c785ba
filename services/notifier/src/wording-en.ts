import type { Telling } from './content.ts';
import type { Wording, Words } from './wording.ts';

export const english: Words = { greeting: (name) => (name ? `Hello ${name},` : 'Hello,'), wording };

function wording({ template, parameters }: Telling, formatTime: (time: string) => string): Wording {
  const company = parameters.companyName;
  switch (template) {
    case 'application-approved':
      return {
        subject: `WebSocket is activated for ${company}`,
        paragraphs: [
          `WebSocket is activated for ${company}: your application was approved.`,
          'You can now enable it for each of your domains. It takes effect on every edge within seconds; WebSocket needs HTTP/2 turned off on the domain.',
          `Application ${parameters.applicationId}`,
        ],
        sms: [
          `WebSocket is activated for ${company}. You can now enable it for your domains.`,
          `WebSocket is activated for ${company}.`,
          'WebSocket is activated. You can now enable it for your domains.',
        ],
      };
    case 'application-rejected':
      return {
        subject: `WebSocket is not activated for ${company}`,
        paragraphs: [
          `Your application to activate WebSocket for ${company} was rejected. The reviewer's reason:`,
          parameters.reason,
          ...(parameters.mend?.length
            ? [`What to mend:\n${parameters.mend.map((item) => `- ${item}`).join('\n')}`]
            : []),
          'Once that is settled you can apply again; nothing else has changed for your domains.',
          `Application ${parameters.applicationId}`,
        ],
        sms: [
          `WebSocket is not activated for ${company}: ${parameters.reason}`,
          `WebSocket is not activated for ${company}. The reason is in our email.`,
          'WebSocket is not activated. The reason is in our email.',
        ],
      };
    case 'application-reminder':
      return reminder(company, parameters, formatTime(parameters.dueTime));
    case 'entitlement-suspended':
      return {
        subject: `WebSocket is suspended for ${company}`,
        paragraphs: [
          `WebSocket is suspended for all domains of ${company}. The reason:`,
          parameters.reason,
          'Connections that were open are closed, and new ones are refused, until it is reinstated. Your settings are kept.',
        ],
        sms: [
          `WebSocket is suspended for ${company}: ${parameters.reason}`,
          `WebSocket is suspended for ${company}. The reason is in our email.`,
          'WebSocket is suspended for your domains. The reason is in our email.',
        ],
      };
    case 'entitlement-reinstated':
      return {
        subject: `WebSocket is reinstated for ${company}`,
        paragraphs: [
          `WebSocket works again for the domains of ${company}, with the settings that they had before it was suspended.`,
        ],
        sms: [`WebSocket works again for the domains of ${company}.`, 'WebSocket works again for your domains.'],
      };
    case 'verification-code':
      return {
        subject: `${parameters.code} is your Longwire verification code`,
        paragraphs: [
          `Your verification code for ${company} is:`,
          parameters.code,
          `It counts for ${minutes(parameters.minutes)}. Enter it in the console, and tell it to nobody: we never ask for it.`,
          'If you did not ask for it, you need not do anything.',
        ],
        sms: [
          `${parameters.code} is your Longwire verification code. It counts for ${minutes(parameters.minutes)}. Tell it to nobody.`,
        ],
      };
    case 'webhook-disabled':
      return {
        subject: `A webhook of ${company} is switched off`,
        paragraphs: [
          `The webhook at ${parameters.host} is switched off: ${parameters.reason}. It is told nothing until you switch it on again in the console.`,
          'What it was told last, and what came of it, is listed there.',
        ],
        sms: [`A webhook of ${company} is switched off.`, 'A webhook is switched off; see our email.'],
      };
    default:
      return template satisfies never;
  }
}

function reminder(
  company: string,
  { applicationId, kind }: { applicationId: string; kind: 'half_time' | 'overdue' },
  due: string,
): Wording {
  const says = kind === 'overdue' ? 'is overdue: an answer was due' : 'waits for an answer, due';
  return {
    subject: kind === 'overdue' ? `Overdue: the application of ${company}` : `Waiting: the application of ${company}`,
    paragraphs: [`The application of ${company} to activate WebSocket ${says} ${due}.`, `Application ${applicationId}`],
    sms: [`The application of ${company} ${says} ${due}.`, `An application ${says} ${due}.`],
  };
}

function minutes(count: number): string {
  return count === 1 ? '1 minute' : `${count} minutes`;
}
