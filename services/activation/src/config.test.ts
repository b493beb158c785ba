import { ConfigError } from '@longwire/service';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const env = {
  NATS_URL: 'nats://127.0.0.1:4222',
  ADMIN_LISTEN: '127.0.0.1:0',
  GRPC_LISTEN: '127.0.0.1:0',
  AUTH_ISSUER: 'https://id.example.com',
  AUTH_JWKS_URL: 'https://id.example.com/jwks',
};

test('the desk works in China unless it is told otherwise', () => {
  const { DESK_TIME_ZONE, DESK_CALENDAR } = readConfig(env);
  expect([DESK_TIME_ZONE, DESK_CALENDAR.name]).toEqual(['Asia/Shanghai', 'China']);
  expect(readConfig({ ...env, DESK_CALENDAR: 'weekdays' }).DESK_CALENDAR.name).toBe('Monday to Friday');
});

test('a time zone and a calendar that are none are named, both', () => {
  const read = () => readConfig({ ...env, DESK_TIME_ZONE: 'Mars/Olympus', DESK_CALENDAR: '../secret' });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/DESK_TIME_ZONE: must be an IANA time zone[^]*DESK_CALENDAR: must be china, weekdays/);
});
