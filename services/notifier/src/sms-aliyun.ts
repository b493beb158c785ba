import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { signAliyun } from './aliyun-signature.ts';
import type { AliyunKey } from './aliyun-signature.ts';
import { DeliveryFailure } from './failure.ts';
import { ask, failureOf, readJson, refused, untold } from './provider-request.ts';
import type { Sms, SmsProvider } from './sms.ts';

export type AliyunOptions = AliyunKey & {
  /** https://dysmsapi.aliyuncs.com, or the endpoint of a region. */
  url: string;
  /** The approved signature that stands before every text. */
  signName: string;
  /** The approved template of each telling, `<template>.<language>` or `<template>`: Aliyun sends no free text. */
  templates: ReadonlyMap<string, string>;
};

const code = z.string().regex(/^[\w.-]{1,80}$/);
const answered = z.object({
  Code: code,
  BizId: z
    .string()
    .regex(/^[\w^.-]{1,80}$/)
    .optional(),
});
const details = z.object({
  Code: z.literal('OK'),
  SmsSendDetailDTOs: z.object({
    SmsSendDetailDTO: z.array(z.object({ OutId: z.string().default(''), SendStatus: z.int() })),
  }),
});

/** SendSms and QuerySendDetails of Aliyun's Short Message Service (2017-05-25). Our id goes along as OutId. */
export function aliyun(options: AliyunOptions): SmsProvider {
  return {
    async send(sms) {
      const { answer, response } = await call(options, 'SendSms', {
        PhoneNumbers: phoneNumber(sms.to),
        SignName: options.signName,
        TemplateCode: templateOf(options.templates, sms),
        TemplateParam: JSON.stringify(parametersOf(sms)),
        OutId: sms.id,
      });
      const { data } = answered.safeParse(answer);
      if (data?.Code === 'OK') return data.BizId ?? '';
      throw data ? failureOf(response, data.Code, isAboutMessage(data.Code)) : refused(response);
    },

    async findAccepted({ id, to }, since) {
      // What was given before midnight may have been taken after it.
      const days = new Set([since, new Date(since.getTime() + longestAttemptMs)].map(dayInChina));
      for (const SendDate of days) {
        const question = { PhoneNumber: phoneNumber(to), SendDate, PageSize: '50', CurrentPage: '1' };
        const { answer, response } = await call(options, 'QuerySendDetails', question);
        const { data } = details.safeParse(answer);
        if (!data) throw untold(response);
        const sent = data.SmsSendDetailDTOs.SmsSendDetailDTO;
        if (sent.some(({ OutId, SendStatus }) => OutId === id && SendStatus !== failedStatus)) return '';
      }
      return undefined;
    },
  };
}

const failedStatus = 2;

/** From the beginning of an attempt to the provider's taking it, with its clock beside ours. */
const longestAttemptMs = 60_000;

async function call({ url, ...key }: AliyunOptions, action: string, query: Record<string, string>) {
  const request = signAliyun(key, { url, action, version: '2017-05-25', query, nonce: randomUUID(), date: new Date() });
  const response = await ask(request.url, { method: 'POST', headers: request.headers });
  return { response, answer: await readJson(response) };
}

/** Numbers of mainland China go without their country code, others without the plus. */
function phoneNumber(e164: string): string {
  return e164.replace(/^\+86(?=1\d{10}$)/, '').replace(/^\+/, '');
}

function dayInChina(time: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(time).replaceAll('-', '');
}

function templateOf(templates: ReadonlyMap<string, string>, { telling, language }: Sms): string {
  const found = templates.get(`${telling.template}.${language}`) ?? templates.get(telling.template);
  if (found === undefined) throw new DeliveryFailure(`no SMS template for ${telling.template}`, true);
  return found;
}

/** Variables of a template are short, and strings. */
const longestVariable = 35;

function parametersOf({ telling: { parameters } }: Sms): Record<string, string> {
  const texts = Object.entries(parameters).filter(([name]) => name !== 'mend');
  return Object.fromEntries(texts.map(([name, value]) => [name, String(value).slice(0, longestVariable)]));
}

/** Codes about the number or the words; those about our account, our rights or their limits last until they are repaired. */
function isAboutMessage(errorCode: string): boolean {
  return /MOBILE_NUMBER_ILLEGAL|INVALID_PARAMETERS|PARAM_LENGTH_LIMIT|BLACK_KEY_CONTROL_LIMIT|TEMPLATE_MISSING_PARAMETERS|TEMPLATE_PARAMS_ILLEGAL|MOBILE_IN_BLACK|PARAM_NOT_SUPPORT_URL/.test(
    errorCode,
  );
}
