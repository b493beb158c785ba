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
