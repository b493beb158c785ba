import { expect, test } from 'vitest';
import { aliyunKey, startAliyun } from '../test/aliyun.ts';
import { aliyun } from './sms-aliyun.ts';
import type { Sms } from './sms.ts';

const sms: Sms = {
  id: 'acme-1-rejected-sms',
  to: '+8613800138000',
  text: 'not sent as it is',
  telling: {
    template: 'application-rejected',
    parameters: { applicationId: 'a', companyName: '杭州长线', reason: '长'.repeat(60), mend: ['licence'] },
  },
  language: 'zh-CN',
};
const templates = new Map([
  ['application-rejected', 'SMS_1'],
  ['application-rejected.zh-CN', 'SMS_2'],
]);
const options = (url: string) => ({ ...aliyunKey, url, signName: '长线', templates });

test('an SMS goes out by the approved template of its language, under our id', async () => {
  await using server = await startAliyun();
  expect(await aliyun(options(server.url)).send(sms)).toBe('900619746936498440^0');
  expect(server.taken).toEqual([
    {
      PhoneNumbers: '13800138000',
      SignName: '长线',
      TemplateCode: 'SMS_2',
      TemplateParam: JSON.stringify({ applicationId: 'a', companyName: '杭州长线', reason: '长'.repeat(35) }),
      OutId: 'acme-1-rejected-sms',
    },
  ]);
  await aliyun(options(server.url)).send({ ...sms, to: '+14155550100', language: 'en' });
  expect(server.taken[1]).toMatchObject({ PhoneNumbers: '14155550100', TemplateCode: 'SMS_1' });
});

test('a telling without an approved template fails for good, and nothing is sent', async () => {
  await using server = await startAliyun();
  const sending = aliyun({ ...options(server.url), templates: new Map() }).send(sms);
  await expect(sending).rejects.toMatchObject({ message: 'no SMS template for application-rejected', permanent: true });
  expect(server.taken).toEqual([]);
});

test.for([
  { code: 'isv.MOBILE_NUMBER_ILLEGAL', permanent: true },
  { code: 'isv.BLACK_KEY_CONTROL_LIMIT', permanent: true },
  { code: 'isv.TEMPLATE_MISSING_PARAMETERS', permanent: true },
  { code: 'isv.BUSINESS_LIMIT_CONTROL', permanent: false },
  { code: 'isv.AMOUNT_NOT_ENOUGH', permanent: false },
  { code: 'isp.SYSTEM_ERROR', permanent: false },
])('the answer $code is permanent: $permanent, and its text is not taken', async ({ code, permanent }) => {
  await using server = await startAliyun();
  server.answer = () => code;
  const sending = aliyun(options(server.url)).send(sms);
  await expect(sending).rejects.toMatchObject({ message: `SMS provider answered ${code}`, permanent });
});

test('a refused signature is tried again: it is about our key, not about the message', async () => {
  await using server = await startAliyun();
  const sending = aliyun({ ...options(server.url), accessKeySecret: 'another' }).send(sms);
  await expect(sending).rejects.toMatchObject({
    message: 'SMS provider answered SignatureDoesNotMatch',
    permanent: false,
  });
});

test('what was accepted is found by our id, so that it is not sent again', async () => {
  await using server = await startAliyun();
  const provider = aliyun(options(server.url));
  const since = new Date();
  expect(await provider.findAccepted?.(sms, since)).toBeUndefined();
  await provider.send(sms);
  expect(await provider.findAccepted?.(sms, since)).toBe('');
  expect(await provider.findAccepted?.({ ...sms, id: 'another' }, since)).toBeUndefined();
});

test('what was given before midnight in China and taken after it is found', async () => {
  await using server = await startAliyun();
  server.now = () => new Date('2026-11-26T00:00:03+08:00');
  const provider = aliyun(options(server.url));
  await provider.send(sms);
  expect(await provider.findAccepted?.(sms, new Date('2026-11-25T23:59:55+08:00'))).toBe('');
  expect(await provider.findAccepted?.(sms, new Date('2026-11-25T12:00:00+08:00'))).toBeUndefined();
});

test('a question that is not answered fails nothing for good, and is asked again', async () => {
  await using server = await startAliyun();
  server.detailsCode = 'isv.BUSINESS_LIMIT_CONTROL';
  const asking = aliyun(options(server.url)).findAccepted?.(sms, new Date());
  await expect(asking).rejects.toMatchObject({ permanent: false, isUnknown: true });
});
