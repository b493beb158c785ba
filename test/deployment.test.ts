import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig as activation } from '../services/activation/src/config.ts';
import { readConfig as config } from '../services/config/src/config.ts';
import { readConfig as console } from '../services/console/src/config.ts';
import { readConfig as edge } from '../services/edge/src/config.ts';
import { readConfig as metrics } from '../services/metrics/src/config.ts';
import { readConfig as notifier } from '../services/notifier/src/config.ts';

const services = Object.entries({ activation, config, console, edge, metrics, notifier });

/** What an operator writes into .env at the least, passwords aside. */
const filledIn: Record<string, string> = {
  AUTH_ISSUER: 'https://id.example.com',
  AUTH_JWKS_URL: 'https://id.example.com/jwks',
  CONSOLE_URL: 'https://console.example.com',
  EDGE_URL: 'wss://live.example.com',
  MAIL_FROM: 'longwire@example.com',
  OIDC_CLIENT_SECRET: 'secret',
  SMS_SECRET: '0123456789abcdef',
  SMS_URL: 'https://sms.example.com/send',
  SMTP_URL: 'smtps://user:password@mail.example.com',
};

const composeShape = z.object({
  services: z.record(z.string(), z.object({ environment: z.record(z.string(), z.string()).default({}) })),
});

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const compose = composeShape.parse(parse(read('docker-compose.yml'), { merge: true }));
const told = (name: string) => compose.services[name]?.environment ?? {};

/** `${NAME}`, `${NAME:-default}`, `${NAME:?what is missing}`, as docker compose replaces them. */
const placeholder = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

function fill(environment: Record<string, string>): Record<string, string> {
  const value = (_: string, name: string, kind = '?', text = '') =>
    filledIn[name] ?? (kind === '-' ? text : name.includes('PASSWORD') ? 'secret' : '');
  return Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [name, text.replace(placeholder, value)]),
  );
}

test.each(services)('%s understands all that docker-compose.yml tells it', (name, readConfig) => {
  const environment = Object.entries(fill(told(name))).filter(([, value]) => value !== '');
  expect(Object.keys(readConfig(Object.fromEntries(environment)))).toEqual(
    expect.arrayContaining(environment.map(([variable]) => variable)),
  );
});

test.each(services)('the README of %s names every variable', (name, readConfig) => {
  const readme = read(`services/${name}/README.md`);
  // What may be left out is in no config here: the fields are looked up where they are defined.
  const own = [...read(`services/${name}/src/config.ts`).matchAll(/^ {2}([A-Z_]+):/gm)].map(([, field]) => field);
  const variables = new Set([...own, ...Object.keys(readConfig(fill(told(name))))]);
  expect([...variables].filter((variable) => !readme.includes(`\`${variable}\``))).toEqual([]);
});

test('.env.example names what docker-compose.yml asks for', () => {
  const asked = [...read('docker-compose.yml').matchAll(placeholder)].map(([, name]) => name);
  const named = [...read('.env.example').matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(asked));
});

test('nats-server is told the password of each of its users', () => {
  const users = [...read('deploy/nats/users.conf').matchAll(/\$(NATS_PASSWORD_\w+)/g)].map(([, name]) => name);
  expect(new Set(Object.keys(told('nats')))).toEqual(new Set(users));
});
