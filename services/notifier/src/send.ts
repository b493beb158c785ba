import type { Content, Telling } from './content.ts';
import type { Mailer } from './email.ts';
import type { Notification } from './notification.ts';
import type { FindRecipient } from './recipients.ts';
import { sendSms } from './sms.ts';
import type { SmsOptions } from './sms.ts';
import { renderEmail, renderSms } from './templates.ts';
import type { FindCode } from './verification-codes.ts';

export type SendOptions = { findRecipient: FindRecipient; findCode: FindCode; mailer: Mailer; sms: SmsOptions };

/**
 * Gives a notification to the mail relay or the SMS provider, with all that is looked up for the message alone.
 * @returns the id that the relay or the provider knows it by; empty if it gave none
 * @throws DeliveryFailure
 */
export async function send(options: SendOptions, id: string, notification: Notification): Promise<string> {
  const { channel, content } = notification;
  const { address, reader } = await options.findRecipient(notification);
  const telling = await complete(content, channel, options.findCode);
  switch (channel) {
    case 'email':
      return options.mailer.send(id, address, renderEmail(telling, reader));
    case 'sms':
      return sendSms(options.sms, { id, to: address, text: renderSms(telling, reader) });
    default:
      return channel satisfies never;
  }
}

async function complete(content: Content, channel: Notification['channel'], findCode: FindCode): Promise<Telling> {
  if (content.template !== 'verification-code') return content;
  const { verificationId, companyName } = content.parameters;
  return { template: content.template, parameters: { companyName, ...(await findCode(verificationId, channel)) } };
}
