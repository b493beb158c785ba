import type { Config } from './config.ts';
import { readAliyunReceipts, readSignedReceipts, readTwilioReceipts } from './receipt-formats.ts';
import type { ReadReceipts } from './receipts.ts';
import { aliyun } from './sms-aliyun.ts';
import { signedHttp } from './sms-http.ts';
import { twilio } from './sms-twilio.ts';
import type { SmsProvider } from './sms.ts';

/** The SMS provider that the configuration names, and how its receipts are read. */
export function smsProvider(config: Config): { sms: SmsProvider; readReceipts: ReadReceipts } {
  const { SMS_URL, SMS_SECRET = '', RECEIPTS_LISTEN, RECEIPTS_URL = '' } = config;
  switch (config.SMS_PROVIDER) {
    case 'http':
      return {
        sms: signedHttp({ url: SMS_URL ?? '', secret: SMS_SECRET }),
        readReceipts: readSignedReceipts(SMS_SECRET),
      };
    case 'aliyun':
      return {
        sms: aliyun({
          url: originOf(SMS_URL ?? 'https://dysmsapi.aliyuncs.com'),
          accessKeyId: config.ALIYUN_ACCESS_KEY_ID ?? '',
          accessKeySecret: config.ALIYUN_ACCESS_KEY_SECRET ?? '',
          signName: config.ALIYUN_SIGN_NAME ?? '',
          templates: config.ALIYUN_TEMPLATES,
        }),
        readReceipts: readAliyunReceipts(config.ALIYUN_RECEIPTS_SECRET ?? ''),
      };
    case 'twilio': {
      const authToken = config.TWILIO_AUTH_TOKEN ?? '';
      return {
        sms: twilio({
          url: originOf(SMS_URL ?? 'https://api.twilio.com'),
          accountSid: config.TWILIO_ACCOUNT_SID ?? '',
          authToken,
          from: config.TWILIO_FROM ?? '',
          receiptUrl: (id) => (RECEIPTS_LISTEN ? `${RECEIPTS_URL.replace(/\/$/, '')}/${id}` : undefined),
        }),
        readReceipts: readTwilioReceipts(authToken, RECEIPTS_URL),
      };
    }
    default:
      return config.SMS_PROVIDER satisfies never;
  }
}

function originOf(url: string): string {
  return new URL(url).origin;
}
