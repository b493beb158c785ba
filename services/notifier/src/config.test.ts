import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const complete = {
  NATS_URL: 'nats://127.0.0.1:4222',
  ADMIN_LISTEN: '127.0.0.1:0',
  GRPC_LISTEN: '127.0.0.1:0',
  AUTH_ISSUER: 'https://id.example.com',
  AUTH_JWKS_URL: 'https://id.example.com/jwks',
  MAIL_FROM: 'longwire@example.com',
  SMS_URL: 'https://sms.example.com/send',
  SMS_SECRET: 'sixteen characters',
};

test.each([
  'smtp://127.0.0.1:2525',
  'smtps://user:secret@mail.example.com',
  'smtp://mail.example.com:587?requireTLS=true',
])('%s is a mail relay', (url) => {
  expect(readConfig({ ...complete, SMTP_URL: url }).SMTP_URL).toBe(url);
});

test.each(['smtp://user:secret@host:port', 'smtp://user:se/cret@host', 'smtp:///', 'https://user:secret@host'])(
  '%s is none, and its password is not told',
  (url) => {
    const read = () => readConfig({ ...complete, SMTP_URL: url });
    expect(read).toThrow(/SMTP_URL: must be smtp:/);
    expect(read).not.toThrow(/se\/?cret/);
  },
);

const base = { ...complete, SMTP_URL: 'smtp://127.0.0.1:2525' };
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(base).filter(([name]) => !names.includes(name)));

test.for([
  { env: without('SMS_URL', 'SMS_SECRET'), missing: ['SMS_URL', 'SMS_SECRET'] },
  {
    env: { ...base, SMS_PROVIDER: 'aliyun', RECEIPTS_LISTEN: '0.0.0.0:8082' },
    missing: ['ALIYUN_ACCESS_KEY_ID', 'ALIYUN_ACCESS_KEY_SECRET', 'ALIYUN_SIGN_NAME', 'ALIYUN_RECEIPTS_SECRET'],
  },
  {
    env: { ...base, SMS_PROVIDER: 'twilio', RECEIPTS_LISTEN: '0.0.0.0:8082' },
    missing: ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_FROM', 'RECEIPTS_URL'],
  },
  { env: { ...base, DKIM_SELECTOR: 'one' }, missing: ['DKIM_PRIVATE_KEY_FILE'] },
  { env: { ...base, DKIM_PRIVATE_KEY_FILE: '/key.pem' }, missing: ['DKIM_SELECTOR'] },
])('$missing are missed together', ({ env, missing }) => {
  const read = () => readConfig(env);
  for (const name of missing) expect(read).toThrow(`${name}: is not set`);
});

test('everything that is wrong is named at once', () => {
  const wrong = {
    SMS_PROVIDER: 'pigeon',
    QUIET_HOURS: '22-8',
    QUIET_TIME_ZONE: 'Mars/Olympus',
    REVIEW_DESK_EMAILS: 'desk@longwire.example, nobody',
    REVIEW_DESK_PHONES: '13800138000',
    REVIEW_DESK_LANGUAGE: 'fr',
    ALIYUN_TEMPLATES: 'nothing',
    WEBHOOK_ALLOW: '300.1.1.1',
    TELLING_LIMIT_SECONDS: '0',
    NOTIFIER_SMS_PER_MINUTE: '-1',
    RECEIPTS_LISTEN: 'here',
  };
  const read = () => readConfig({ ...base, ...wrong });
  for (const name of Object.keys(wrong)) expect(read).toThrow(`  ${name}`);
});

test('what may be left out has its usual value', () => {
  expect(readConfig(base)).toMatchObject({
    SMS_PROVIDER: 'http',
    REVIEW_DESK_EMAILS: [],
    TELLING_LIMIT_SECONDS: 43_200,
    WEBHOOK_MAX_FAILURES: 10,
  });
});

test('lists and hours are read', () => {
  const read = readConfig({
    ...base,
    QUIET_HOURS: '22:00-08:00',
    REVIEW_DESK_PHONES: '+8613800138000, +14155550100',
    ALIYUN_TEMPLATES: 'verification-code.zh-CN=SMS_1, verification-code=SMS_2',
  });
  expect(read.QUIET_HOURS).toEqual({ from: 1320, to: 480 });
  expect(read.REVIEW_DESK_PHONES).toEqual(['+8613800138000', '+14155550100']);
  expect([...read.ALIYUN_TEMPLATES]).toEqual([
    ['verification-code.zh-CN', 'SMS_1'],
    ['verification-code', 'SMS_2'],
  ]);
});
