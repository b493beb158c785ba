import { expect, test } from 'vitest';
import type { Telling } from './content.ts';
import { fitsOneSegment } from './sms-segment.ts';
import { renderEmail, renderSms } from './templates.ts';
import type { Reader } from './templates.ts';
import { languages } from './wording.ts';

const reader: Reader = { name: 'Ada', language: 'en', timeZone: 'Asia/Shanghai' };
const chineseReader: Reader = { ...reader, name: '艾达', language: 'zh-CN' };

const approved = (companyName = 'Acme'): Telling => ({
  template: 'application-approved',
  parameters: { applicationId: 'app-1', companyName },
});
const rejected = (reason: string, companyName = 'Acme'): Telling => ({
  template: 'application-rejected',
  parameters: { applicationId: 'app-1', companyName, reason },
});

test('an approval names the company and says what to do next', () => {
  const { subject, text } = renderEmail(approved(), reader);
  expect(subject).toBe('WebSocket is activated for Acme');
  expect(text).toMatch(/^Hello Ada,\n\nWebSocket is activated for Acme: your application was approved\./);
  expect(text).toContain('You can now enable it for each of your domains.');
  expect(text).toContain('Application app-1');
});

test('a rejection gives the whole reason and says that one may apply again', () => {
  const { subject, text } = renderEmail(rejected('The licence has expired.\nSend the new one.'), {
    ...reader,
    name: '',
  });
  expect(subject).toBe('WebSocket is not activated for Acme');
  expect(text).toMatch(/^Hello,\n/);
  expect(text).toContain('The licence has expired.\nSend the new one.');
  expect(text).toContain('you can apply again');
});

test('what people wrote is text in HTML, never markup', () => {
  const { html, text } = renderEmail(rejected('<img src=x> & "why"', `<b>A'c</b>`), { ...reader, name: '<i>Ada</i>' });
  expect(html).toContain('&lt;img src=x&gt; &amp; &quot;why&quot;');
  expect(html).toContain('&lt;b&gt;A&#39;c&lt;/b&gt;');
  expect(html).toContain('&lt;i&gt;Ada&lt;/i&gt;');
  expect(html).not.toMatch(/<(img|b|i)\b/);
  expect(text).toContain('<img src=x> & "why"');
});

test('a company name cannot break the subject into more header lines', () => {
  expect(renderEmail(approved('Acme\r\nBcc: other@example.com'), reader).subject).toBe(
    'WebSocket is activated for Acme Bcc: other@example.com',
  );
});

test('an SMS says all when that fits one segment', () => {
  expect(renderSms(approved(), reader)).toBe(
    'WebSocket is activated for Acme. You can now enable it for your domains.',
  );
  expect(renderSms(rejected('the licence\nhas expired'), reader)).toBe(
    'WebSocket is not activated for Acme: the licence has expired',
  );
});

test('an SMS of 160 GSM-7 characters is one segment, one more is not', () => {
  const fixed = 'WebSocket is not activated for Acme: '.length;
  expect(renderSms(rejected('x'.repeat(160 - fixed)), reader)).toHaveLength(160);
  expect(renderSms(rejected('x'.repeat(161 - fixed)), reader)).toBe(
    'WebSocket is not activated for Acme. The reason is in our email.',
  );
});

test('a character of the GSM-7 extension takes two places', () => {
  const fixed = 'WebSocket is not activated for Acme: '.length;
  expect(renderSms(rejected('€'.repeat((160 - fixed - 1) / 2)), reader)).toContain('€');
  expect(renderSms(rejected('€'.repeat((160 - fixed + 1) / 2)), reader)).not.toContain('€');
});

test('another alphabet leaves 70 characters', () => {
  expect(renderSms(approved('杭州长线网络科技有限公司'), reader)).toBe(
    'WebSocket is activated for 杭州长线网络科技有限公司.',
  );
  expect(renderSms(rejected('营业执照已过期', '杭州长线网络科技有限公司'), reader)).toBe(
    'WebSocket is not activated for 杭州长线网络科技有限公司: 营业执照已过期',
  );
  expect(renderSms(rejected('营业执照已过期', '长'.repeat(60)), reader)).toBe(
    'WebSocket is not activated. The reason is in our email.',
  );
});

const company = '杭州长线网络科技有限公司';
const applicationId = 'app-1';
const tellings: Telling[] = [
  { template: 'application-approved', parameters: { applicationId, companyName: company } },
  { template: 'application-rejected', parameters: { applicationId, companyName: company, reason: '营业执照已过期' } },
  {
    template: 'application-reminder',
    parameters: { applicationId, companyName: company, kind: 'half_time', dueTime: '2026-11-25T02:30:00Z' },
  },
  {
    template: 'application-reminder',
    parameters: { applicationId, companyName: company, kind: 'overdue', dueTime: '2026-11-25T02:30:00Z' },
  },
  { template: 'entitlement-suspended', parameters: { companyName: company, reason: '欠费' } },
  { template: 'entitlement-reinstated', parameters: { companyName: company } },
  { template: 'verification-code', parameters: { companyName: company, code: '042137', minutes: 10 } },
];

test.for(languages.flatMap((language) => tellings.map((telling) => ({ language, telling }))))(
  '$telling.template in $language is one SMS, whatever people wrote, and a mail that says its language',
  ({ language, telling }) => {
    const one = { ...reader, language };
    expect(renderSms(telling, one)).toSatisfy(fitsOneSegment);
    const long = { ...telling, parameters: { ...telling.parameters, companyName: '长'.repeat(200) } } as Telling;
    expect(renderSms(long, one)).toSatisfy(fitsOneSegment);
    const { subject, text, html } = renderEmail(telling, one);
    expect(html).toContain(`<html lang="${language}">`);
    expect(subject).not.toBe('');
    expect(text).toContain(company);
  },
);

test('a verification code stands in the SMS and in the mail', () => {
  const telling = tellings.at(-1) as Telling;
  expect(renderSms(telling, reader)).toBe(
    '042137 is your Longwire verification code. It counts for 10 minutes. Tell it to nobody.',
  );
  expect(renderSms(telling, chineseReader)).toBe('您的 Longwire 验证码是 042137，10 分钟内有效，请勿告诉他人。');
  expect(renderEmail(telling, chineseReader).text).toMatch(/^艾达，您好：\n\n.+\n\n042137\n\n/);
});

test('a reminder says when the answer is due, in the time zone of the desk', () => {
  expect(renderSms(tellings[2] as Telling, { ...reader, name: '' })).toBe(
    'An application waits for an answer, due 25 Nov, 10:30.',
  );
});

test('what is to be mended is listed in the mail', () => {
  const mending = rejected('Incomplete.');
  const { text } = renderEmail(
    { ...mending, parameters: { ...mending.parameters, mend: ['The licence', 'A phone number'] } } as Telling,
    reader,
  );
  expect(text).toContain('What to mend:\n- The licence\n- A phone number\n');
});
