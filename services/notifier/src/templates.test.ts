import { expect, test } from 'vitest';
import type { Content } from './notification.ts';
import { renderEmail, renderSms } from './templates.ts';

const approved = (companyName = 'Acme'): Content => ({
  template: 'application-approved',
  parameters: { applicationId: 'app-1', companyName },
});
const rejected = (reason: string, companyName = 'Acme'): Content => ({
  template: 'application-rejected',
  parameters: { applicationId: 'app-1', companyName, reason },
});

test('an approval names the company and says what to do next', () => {
  const { subject, text } = renderEmail(approved(), 'Ada');
  expect(subject).toBe('WebSocket is activated for Acme');
  expect(text).toMatch(/^Hello Ada,\n\nWebSocket is activated for Acme: your application was approved\./);
  expect(text).toContain('You can now enable it for each of your domains.');
  expect(text).toContain('Application app-1');
});

test('a rejection gives the whole reason and says that one may apply again', () => {
  const { subject, text } = renderEmail(rejected('The licence has expired.\nSend the new one.'), '');
  expect(subject).toBe('WebSocket is not activated for Acme');
  expect(text).toMatch(/^Hello,\n/);
  expect(text).toContain('The licence has expired.\nSend the new one.');
  expect(text).toContain('you can apply again');
});

test('what people wrote is text in HTML, never markup', () => {
  const { html, text } = renderEmail(rejected('<img src=x> & "why"', `<b>A'c</b>`), '<i>Ada</i>');
  expect(html).toContain('&lt;img src=x&gt; &amp; &quot;why&quot;');
  expect(html).toContain('&lt;b&gt;A&#39;c&lt;/b&gt;');
  expect(html).toContain('&lt;i&gt;Ada&lt;/i&gt;');
  expect(html).not.toMatch(/<(img|b|i)\b/);
  expect(text).toContain('<img src=x> & "why"');
});

test('a company name cannot break the subject into more header lines', () => {
  expect(renderEmail(approved('Acme\r\nBcc: other@example.com'), 'Ada').subject).toBe(
    'WebSocket is activated for Acme Bcc: other@example.com',
  );
});

test('an SMS says all when that fits one segment', () => {
  expect(renderSms(approved())).toBe('WebSocket is activated for Acme. You can now enable it for your domains.');
  expect(renderSms(rejected('the licence\nhas expired'))).toBe(
    'WebSocket is not activated for Acme: the licence has expired',
  );
});

test('an SMS of 160 GSM-7 characters is one segment, one more is not', () => {
  const fixed = 'WebSocket is not activated for Acme: '.length;
  expect(renderSms(rejected('x'.repeat(160 - fixed)))).toHaveLength(160);
  expect(renderSms(rejected('x'.repeat(161 - fixed)))).toBe(
    'WebSocket is not activated for Acme. The reason is in our email.',
  );
});

test('a character of the GSM-7 extension takes two places', () => {
  const fixed = 'WebSocket is not activated for Acme: '.length;
  expect(renderSms(rejected('€'.repeat((160 - fixed - 1) / 2)))).toContain('€');
  expect(renderSms(rejected('€'.repeat((160 - fixed + 1) / 2)))).not.toContain('€');
});

test('another alphabet leaves 70 characters', () => {
  expect(renderSms(approved('杭州长线网络科技有限公司'))).toBe('WebSocket is activated for 杭州长线网络科技有限公司.');
  expect(renderSms(rejected('营业执照已过期', '杭州长线网络科技有限公司'))).toBe(
    'WebSocket is not activated for 杭州长线网络科技有限公司: 营业执照已过期',
  );
  expect(renderSms(rejected('营业执照已过期', '长'.repeat(60)))).toBe(
    'WebSocket is not activated. The reason is in our email.',
  );
});
