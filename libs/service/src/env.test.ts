import { expect, test } from 'vitest';
import { z } from 'zod';
import { commonFields, ConfigError, formatAddress, listenAddress, parsing, readEnv } from './env.ts';

const schema = z.object({ ...commonFields, EXTRA: z.string().default('none') });
const env = { NATS_URL: 'nats://127.0.0.1:4222', ADMIN_LISTEN: '127.0.0.1:0' };

test('a complete environment is read, with defaults for what may be left out', () => {
  expect(readEnv(schema, { ...env, EXTRA: '' })).toMatchObject({
    ADMIN_LISTEN: { host: '127.0.0.1', port: 0 },
    LOG_LEVEL: 'info',
    EXTRA: 'none',
  });
});

test('every bad variable is named at once', () => {
  const read = () => readEnv(schema, { ADMIN_LISTEN: 'nowhere', LOG_LEVEL: 'loud' });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/NATS_URL: is not set\n  ADMIN_LISTEN: must be host:port.*\n  LOG_LEVEL: /);
});

test.each(['127.0.0.1', '127.0.0.1:', ':80', '127.0.0.1:65536', '::1:80', 'a:b'])(
  '%s is no address to listen on',
  (text) => {
    expect(listenAddress.safeParse(text).success).toBe(false);
  },
);

test('an IPv6 address stands in brackets', () => {
  expect(listenAddress.parse('[::1]:8080')).toEqual({ host: '::1', port: 8080 });
  expect(formatAddress({ host: '::1', port: 8080 })).toBe('[::1]:8080');
});

test('what a parser throws is what is wrong with its variable', () => {
  const limits = z.object({ LIMIT: z.string().default('7').transform(parsing(BigInt)) });
  expect(readEnv(limits, {})).toEqual({ LIMIT: 7n });
  expect(() => readEnv(limits, { LIMIT: 'x' })).toThrow(/LIMIT: Cannot convert x/);
});

test.each(['nats://a:4222', 'nats://user:p%40ss@a:4222, nats://b:4222'])('%s says where NATS is', (url) => {
  expect(readEnv(schema, { ...env, NATS_URL: url }).NATS_URL).toBe(url);
});

test.each(['http://user:secret@a', 'nats://user:secret@', 'nats://user:secret@a:port', 'nats://user:secret@a,b'])(
  '%s does not, and its password is not told',
  (url) => {
    const read = () => readEnv(schema, { ...env, NATS_URL: url });
    expect(read).toThrow(/NATS_URL: must be nats:/);
    expect(read).not.toThrow(/secret/);
  },
);
