import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackToOrigin, DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { ensureBucket } from '@longwire/eventlog';
import { ConfigError, connectNats, createLogger } from '@longwire/service';
import { startNats } from '@longwire/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { readConfig } from '../src/config.ts';
import { start, type EdgeService } from '../src/service.ts';
import { selfSigned } from './certificate.ts';
import { stopwatch } from './stopwatch.ts';

const HOST = 'chat.acme.test';
const log = createLogger('test', 'silent');

let parts: AsyncDisposableStack;
let folder: string;
let edge: EdgeService;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
  parts.defer(() => rm(folder, { recursive: true }));
  const origin = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  origin.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
  parts.defer(() => origin.close());
  await once(origin, 'listening');
  const address = origin.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');

  const nats = parts.use(await startNats());
  const connection = parts.adopt(await connectNats(nats.url, 'test', log), (each) => each.close());
  const bucket = await ensureBucket(connection, 'edge-config');
  const config = DomainConfig.create({
    domainName: HOST,
    accountId: 'acme',
    version: 1n,
    websocketEnabled: true,
    heartbeatSeconds: 60,
    backToOrigin: BackToOrigin.BACK_TO_ORIGIN_HTTP,
    origins: [{ host: '127.0.0.1', httpPort: address.port, httpsPort: 1 }],
  });
  await bucket.put('chat_acme_test', JSON.stringify(DomainConfig.toJSON(config)));
  await put('chat');
  edge = parts.use(await start(configOf({ NATS_URL: nats.url }), log));
});
afterEach(() => parts.disposeAsync());

function configOf(changes: NodeJS.ProcessEnv) {
  return readConfig({
    EDGE_LISTEN: '127.0.0.1:0',
    EDGE_TLS_LISTEN: '127.0.0.1:0',
    EDGE_TLS_DIR: join(folder, 'tls'),
    EDGE_WORKERS: '1',
    NATS_URL: 'nats://127.0.0.1:1',
    ADMIN_LISTEN: '127.0.0.1:0',
    EDGE_STATE_DIR: folder,
    EDGE_DRAIN_ACCEPT_MS: '0',
    EDGE_DRAIN_SPREAD_MS: '0',
    ORIGIN_ALLOW: '127.0.0.0/8',
    ...changes,
  });
}

/** Writes a new certificate for the host; its text. */
async function put(name: string): Promise<string> {
  const { cert, key } = selfSigned(HOST);
  await mkdir(join(folder, 'tls', name), { recursive: true });
  await writeFile(join(folder, 'tls', name, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls', name, 'tls.key'), key);
  return cert;
}

async function open(): Promise<WebSocket> {
  for (;;) {
    const options = { rejectUnauthorized: false, servername: HOST, headers: { host: HOST } };
    const socket = new WebSocket(`wss://${edge.tlsAddress}/`, options);
    const opened = await once(socket, 'open').then(
      () => true,
      () => false, // the config is still on its way
    );
    if (opened) return socket;
    await sleep(20);
  }
}

async function served(): Promise<PeerCertificate> {
  const port = Number(edge.tlsAddress?.split(':')[1]);
  const socket = connect({ host: '127.0.0.1', port, servername: HOST, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const certificate = socket.getPeerCertificate();
  socket.destroy();
  return certificate;
}

test('a new certificate serves new handshakes within a second, and live tunnels stay', async () => {
  const socket = await open();
  const before = await served();
  await put('chat');
  const changing = stopwatch();
  while ((await served()).fingerprint256 === before.fingerprint256) await sleep(10);
  expect(changing()).toBeLessThan(1_000);
  socket.send('still here');
  const [answer] = await once(socket, 'message');
  expect(String(answer)).toBe('still here');
  socket.terminate();
});

test('the end of each certificate, connections and overload are figures for the operator', async () => {
  const socket = await open();
  const text = await (await fetch(`http://${edge.adminAddress}/metrics`)).text();
  const expires = Date.parse((await served()).valid_to) / 1000;
  const line = /longwire_edge_certificate_expiry_timestamp_seconds\{certificate="chat"\} (\d+)/.exec(text);
  expect(Number(line?.[1])).toBe(expires);
  expect(text).toMatch(/^longwire_edge_connections 1$/m);
  expect(text).toMatch(/^longwire_edge_overloaded 0$/m);
  socket.terminate();
});

test('TLS without a folder of certificates is an error of the environment', () => {
  expect(() => configOf({ EDGE_TLS_DIR: '' })).toThrow(ConfigError);
  expect(() => configOf({ EDGE_TLS_DIR: '' })).toThrow('EDGE_TLS_DIR');
  expect(() => configOf({ EDGE_TRUSTED_NETWORKS: '10.0.0.0/33' })).toThrow('EDGE_TRUSTED_NETWORKS: "10.0.0.0/33"');
});
