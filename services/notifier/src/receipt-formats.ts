import { z } from 'zod';
import type { ReadReceipts, Receipt } from './receipts.ts';
import { isSame, isSigned } from './signature.ts';
import { twilioSignature } from './sms-twilio.ts';

const id = z.string().regex(/^[\w-]{1,300}$/);
const code = z.coerce
  .string()
  .regex(/^[\w.:-]{1,60}$/)
  .catch('unknown');
const messageId = z
  .string()
  .regex(/^[\w.:^-]{1,200}$/)
  .optional()
  .catch(undefined);

const signedReceipt = z.object({ id, messageId, state: z.enum(['delivered', 'undelivered']), code });

/** `POST {"id","state":"delivered"|"undelivered","messageId"?,"code"?}`, signed as what is sent to the provider. */
export function readSignedReceipts(secret: string): ReadReceipts {
  return ({ body, header }) => {
    if (!isSigned(body, header('longwire-signature'), secret)) return undefined;
    const { data } = signedReceipt.safeParse(parse(body));
    return data && [toReceipt(data.id, data.messageId, data.state === 'delivered', data.code)];
  };
}

/** Twilio's status callbacks to `<url>/<id>`; states before the last one say nothing. */
export function readTwilioReceipts(authToken: string, url: string): ReadReceipts {
  return ({ path, body, header }) => {
    const parameters = new URLSearchParams(body);
    const asked = URL.parse(path, url);
    if (!asked) return undefined;
    const target = `${new URL(url).origin}${asked.pathname}${asked.search}`;
    if (!isSame(header('x-twilio-signature'), twilioSignature(authToken, target, parameters))) return undefined;
    const { data } = id.safeParse(asked.pathname.split('/').at(-1));
    const status = parameters.get('MessageStatus') ?? '';
    if (data === undefined) return undefined;
    if (!['delivered', 'undelivered', 'failed'].includes(status)) return [];
    const sid = messageId.parse(parameters.get('MessageSid') ?? undefined);
    return [toReceipt(data, sid, status === 'delivered', code.parse(parameters.get('ErrorCode') ?? 'unknown'))];
  };
}

const aliyunReport = z.array(z.object({ out_id: id, biz_id: messageId, success: z.boolean(), err_code: code }));

/** Aliyun's pushed SmsReport. It carries no signature, so the last part of its path is a secret. */
export function readAliyunReceipts(secret: string): ReadReceipts {
  return ({ path, body }) => {
    if (!isSame(decode(path.split('/').at(-1) ?? ''), secret)) return undefined;
    const { data } = aliyunReport.safeParse(parse(body));
    return data?.map(({ out_id, biz_id, success, err_code }) => toReceipt(out_id, biz_id, success, err_code));
  };
}

/** Empty for what is no percent-encoding: no secret is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function toReceipt(id: string, providerMessageId: string | undefined, arrived: boolean, cause: string): Receipt {
  const named = { id, ...(providerMessageId !== undefined && { providerMessageId }) };
  return arrived ? { ...named, arrived } : { ...named, arrived, code: cause };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
