import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { natsUsers } from '../local/suite/nats-users.js';
import { usersConf } from './users-conf.js';

test('users.conf is what the table says; if not, run node deploy/nats/generate.js', () => {
  expect(readFileSync(join(import.meta.dirname, 'users.conf'), 'utf8')).toBe(usersConf());
});

test('nats-server accepts the configuration', () => {
  const passwords = [...Object.keys(natsUsers), 'operator'].map((user) => [
    `NATS_PASSWORD_${user.toUpperCase()}`,
    'secret',
  ]);
  const config = join(import.meta.dirname, 'nats-server.conf');
  const run = () =>
    execFileSync(process.env['NATS_SERVER'] ?? 'nats-server', ['-t', '-c', config], {
      env: Object.fromEntries(passwords),
      stdio: 'pipe',
    });
  expect(run).not.toThrow();
});
