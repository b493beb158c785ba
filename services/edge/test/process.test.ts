import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackToOrigin, DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { freePort } from '@longwire/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastKnownGoodPath, readLastKnownGood, writeLastKnownGood } from '../src/last-known-good.ts';
import { startEdgeProcess, type EdgeProcess } from './edge-process.ts';
import { handshake, Peer, startOrigin, SWITCHED, type TestOrigin } from './harness.ts';

let parts: AsyncDisposableStack;
let stateDir: string;
let origin: TestOrigin;
let port: number;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  stateDir = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
  parts.defer(() => rm(stateDir, { recursive: true }));
  origin = parts.use(await startOrigin());
  port = await freePort();
  const config = DomainConfig.create({
    domainName: 'a.test',
    accountId: 'acme',
    version: 7n,
    websocketEnabled: true,
    heartbeatSeconds: 60,
    backToOrigin: BackToOrigin.BACK_TO_ORIGIN_FOLLOW,
    origins: [origin.address],
  });
  await writeLastKnownGood(lastKnownGoodPath(stateDir), { writtenAt: new Date(), configs: [config] });
});
afterEach(() => parts.disposeAsync());

const startProcess = async (environment: NodeJS.ProcessEnv = {}): Promise<EdgeProcess> =>
  parts.use(await startEdgeProcess({ EDGE_LISTEN: `127.0.0.1:${port}`, EDGE_STATE_DIR: stateDir, ...environment }));

async function open(head = handshake('a.test')): Promise<{ client: Peer; server: Peer }> {
  const client = new Peer(connect(port, '127.0.0.1'));
  client.socket.write(head, 'latin1');
  const server = await origin.next();
  server.socket.write(SWITCHED);
  await client.head();
  return { client, server };
}

test('on SIGTERM it closes tunnels with 1012 and exits with 0 in good time', async () => {
  const { child } = await startProcess();
  const { client, server } = await open();
  const begun = performance.now();
  child.kill('SIGTERM');
  const exited = once(child, 'exit');
  await client.ended();
  expect(client.received.subarray(0, 4)).toEqual(Buffer.of(0x88, 17, 0x03, 0xf4));
  client.socket.end();
  server.socket.end();
  expect(await exited).toEqual([0, null]);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('a tunnel gives one line at its open and one at its close, without query, cookie or control character', async () => {
  const { child, lines } = await startProcess();
  const head = handshake('a.test', 'Cookie: session=secret', 'X-Odd: \xe9\xff');
  const { client, server } = await open(head.replace('/chat ', '/chat?token=secret '));
  client.socket.write(Buffer.of(0x82, 0x81, 0, 0, 0, 0, 7));
  await server.until((text) => text.endsWith('\x07'));
  client.socket.end(Buffer.of(0x88, 0x82, 0, 0, 0, 0, 0x0f, 0xa0));
  await server.ended();
  server.socket.end();
  await client.closed;
  child.kill('SIGTERM');
  await once(child, 'close'); // with all that it had said
  const about = { domain: 'a.test', path: '/chat', configVersion: '7', origin: `127.0.0.1:${origin.port}` };
  const opened = lines.filter(({ msg }) => msg === 'tunnel open');
  const closed = lines.filter(({ msg }) => msg === 'tunnel closed');
  expect(opened).toMatchObject([about]);
  expect(closed).toMatchObject([
    {
      ...about,
      by: 'client',
      cause: 'close_frame',
      code: 4000,
      clientCode: 4000,
      bytesFromClient: 15,
      bytesToClient: 0,
      messagesFromClient: 1,
      messagesToClient: 0,
      idleSeconds: 0,
    },
  ]);
  expect(opened[0]?.['requestId']).toBe(opened[0]?.['connectionId']);
  expect(closed[0]).toMatchObject({ requestId: opened[0]?.['requestId'], connectionId: opened[0]?.['connectionId'] });
  expect(closed[0]?.['durationMs']).toBeGreaterThanOrEqual(0);
  expect(JSON.stringify(lines)).not.toMatch(/secret|[^ -~]/);
});

test('the lines of a tunnel carry the id that the client gave its request, if it is one', async () => {
  const edge = await startProcess();
  await open(handshake('a.test', 'X-Request-Id: their-7'));
  await open(handshake('a.test', 'X-Request-Id: their \xe9'));
  const [named, other] = await edge.until(({ msg }) => msg === 'tunnel open', 2);
  expect(named).toMatchObject({ requestId: 'their-7' });
  expect(other?.['requestId']).toBe(other?.['connectionId']);
  expect(named?.['connectionId']).not.toBe(other?.['connectionId']);
});

test('its metrics count handshakes, bytes by direction and closes by cause, and name no domain', async () => {
  const edge = await startProcess();
  const { client, server } = await open();
  server.socket.write(Buffer.of(0x82, 2, 0, 0));
  await client.bytes(4);
  client.socket.end(Buffer.of(0x88, 0x80, 0, 0, 0, 0));
  await server.ended();
  server.socket.end();
  await edge.until(({ msg }) => msg === 'tunnel closed');
  const scrape = async () => (await fetch(`${edge.admin}/metrics`)).text();
  let text = await scrape();
  while (!text.includes('longwire_edge_bytes_total{direction="from_client"} 6')) text = await scrape();
  for (const line of [
    'longwire_edge_bytes_total{direction="to_client"} 4',
    'longwire_edge_handshakes_total{status="101"} 1',
    'longwire_edge_handshake_seconds_count 1',
    'longwire_edge_tunnels_closed_total{by="client",cause="close_frame"} 1',
    'longwire_edge_tunnels 0',
    'longwire_edge_tunnels_stalled 0',
    'longwire_edge_sample_batches_dropped 0',
  ]) {
    expect(text).toContain(`${line}\n`);
  }
  expect(text).not.toContain('a.test');
});

test('started without its control plane it says how old what it serves is, in the log and in its metrics', async () => {
  const path = lastKnownGoodPath(stateDir);
  const configs = (await readLastKnownGood(path))?.configs ?? [];
  await writeLastKnownGood(path, { writtenAt: new Date(Date.now() - 3_600_000), configs });
  const edge = await startProcess();
  await open();
  const [line] = await edge.until(({ msg }) => msg === 'serving last-known-good config');
  expect(line).toMatchObject({ domains: 1, version: '7', isLatest: true });
  const text = await (await fetch(`${edge.admin}/metrics`)).text();
  const [, age] = /^longwire_edge_config_age_seconds (\S+)$/m.exec(text) ?? [];
  for (const seconds of [Number(line?.['ageSeconds']), Number(age)]) {
    expect(seconds).toBeGreaterThanOrEqual(3_600);
    expect(seconds).toBeLessThan(3_660);
  }
});

test('the admin port is on the address that it was told and on no other; nobody opens one unasked', async () => {
  const edge = await startProcess();
  expect((await fetch(`${edge.admin}/livez`)).status).toBe(200);
  await expect(fetch(`${edge.admin.replace('127.0.0.1', '127.0.0.2')}/livez`)).rejects.toThrow('fetch failed');
  const { child, errors } = await startProcess({ ADMIN_LISTEN: '' });
  expect(child.exitCode).toBe(2);
  expect(errors.join('')).toContain('ADMIN_LISTEN');
});

test('a bad environment is told at once, every variable, and nothing starts', async () => {
  const { child, errors } = await startProcess({ EDGE_LISTEN: '', ORIGIN_ALLOW: '10.0.0.0/99', EDGE_ID: 'a.b' });
  expect(errors.join('')).toMatch(/EDGE_LISTEN[^]*"10.0.0.0\/99"|"10.0.0.0\/99"[^]*EDGE_LISTEN/);
  expect(errors.join('')).toContain('EDGE_ID');
  expect(child.exitCode).toBe(2);
});
