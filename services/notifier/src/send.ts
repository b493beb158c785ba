import type { PersonalChannel, PersonalContent, Telling } from './content.ts';
import type { Mailer } from './email.ts';
import type { Notification } from './notification.ts';
import type { FindRecipient } from './recipients.ts';
import type { Sms, SmsProvider } from './sms.ts';
import { renderEmail, renderSms } from './templates.ts';
import type { FindCode } from './verification-codes.ts';
import type { SendWebhook } from './webhook-delivery.ts';

export type SendOptions = {
  findRecipient: FindRecipient;
  findCode: FindCode;
  mailer: Mailer;
  sms: SmsProvider;
  sendWebhook: SendWebhook;
};

export type Attempt = {
  startTime: Date;
  /** When the first attempt began of which nobody knows what came of it: no answer, or the process ended in its midst. */
  unknownSince: Date | undefined;
};

/**
 * Gives a notification to the mail relay, the SMS provider or the webhook, with all that is looked up for the message alone.
 * After an attempt of which nothing is known, a provider that would take the message twice is asked first.
 * @returns the id that the relay or the provider knows it by; empty if it gave none
 * @throws DeliveryFailure
 */
export async function send(
  options: SendOptions,
  id: string,
  notification: Notification,
  attempt: Attempt,
): Promise<string> {
  const { channel, content } = notification;
  if (channel === 'webhook' || content.template === 'webhook-event') {
    await options.sendWebhook(id, notification);
    return '';
  }
  const { address, reader } = await options.findRecipient(notification, channel);
  const telling = await complete(content, channel, attempt.startTime, options.findCode);
  switch (channel) {
    case 'email':
      return options.mailer.send(id, address, renderEmail(telling, reader));
    case 'sms': {
      const { unknownSince } = attempt;
      const smsOf = (told: Telling): Sms => {
        return { id, to: address, text: renderSms(told, reader), telling: told, language: reader.language };
      };
      if (unknownSince && options.sms.findAccepted) {
        const toldThen = await complete(content, channel, unknownSince, options.findCode);
        const known = await options.sms.findAccepted(smsOf(toldThen), unknownSince);
        if (known !== undefined) return known;
      }
      return options.sms.send(smsOf(telling));
    }
    default:
      return channel satisfies never;
  }
}

/** A code's minutes are counted from the start of an attempt, so that what may have been accepted is found by its words. */
async function complete(
  content: PersonalContent,
  channel: PersonalChannel,
  startTime: Date,
  findCode: FindCode,
): Promise<Telling> {
  if (content.template !== 'verification-code') return content;
  const { verificationId, companyName } = content.parameters;
  return {
    template: content.template,
    parameters: { companyName, ...(await findCode(verificationId, channel, startTime)) },
  };
}
