import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareSuite } from '../suite.js';

const tools = { node: '/opt/node', natsServer: '/opt/nats-server' };

let dataDir: string;
let prepared: Awaited<ReturnType<typeof prepareSuite>>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'longwire-table-'));
  prepared = await prepareSuite({ dataDir, portBase: 5600, tools, demo: true });
});

afterAll(() => rm(dataDir, { recursive: true, force: true }));

test('every part that serves says where it is ready, on this machine alone', () => {
  const serving = prepared.parts.filter(({ name }) => name !== 'demo');
  for (const { ready } of serving) expect(ready).toMatch(/^http:\/\/127\.0\.0\.1:56\d\d\/(readyz|ping|healthz)$/);
  const listens = prepared.parts.flatMap(({ env }) => Object.entries(env).filter(([key]) => key.endsWith('_LISTEN')));
  for (const [, address] of listens) expect(address).toMatch(/^127\.0\.0\.1:56\d\d$/);
});

test('no two listen on the same port', () => {
  const listens = prepared.parts.flatMap(({ env }) => Object.entries(env).filter(([key]) => key.endsWith('_LISTEN')));
  const addresses = listens.map(([, address]) => address);
  expect(new Set(addresses).size).toBe(addresses.length);
});

test('no secret is in a command line, where every user of the machine could read it', () => {
  const { nats, ...others } = prepared.secrets;
  const commandLines = prepared.parts.map(({ command, args }) => [command, ...args].join(' ')).join('\n');
  for (const secret of [...Object.values(nats), ...Object.values(others)]) expect(commandLines).not.toContain(secret);
});

test('what holds secrets is readable for its owner alone', async () => {
  for (const name of ['secrets.json', 'nats-server.conf']) {
    const { mode } = await stat(join(dataDir, name));
    expect(mode & 0o777).toBe(0o600);
  }
});

test('each service knows one user of nats-server, its own', () => {
  const services = prepared.parts.filter(({ env }) => env['NATS_URL'] !== undefined);
  expect(services.map(({ name }) => name).toSorted()).toEqual([
    'activation',
    'config',
    'console',
    'edge',
    'metrics',
    'notifier',
  ]);
  for (const { name, env } of services)
    expect(env['NATS_URL']).toBe(`nats://${name}:${prepared.secrets.nats[name]}@127.0.0.1:5606`);
});

test('without the demo there is no demo, and nothing else is missing', async () => {
  const { parts } = await prepareSuite({ dataDir, portBase: 5600, tools, demo: false });
  expect(parts.map(({ name }) => name)).toEqual(
    prepared.parts.map(({ name }) => name).filter((name) => name !== 'demo'),
  );
});
