import { expect, test } from 'vitest';
import { z } from 'zod';
import { commonFields, ConfigError, listenAddress, readEnv } from './env.ts';

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
});
