import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startClickHouse, startNats } from '@longwire/testing';
import { start as startInbox } from '../../../deploy/local/inbox/service.ts';
import { start as startOrigin } from '../../../deploy/local/origin/service.ts';
import { readConfig as readActivation } from '../../activation/src/config.ts';
import { start as startActivation } from '../../activation/src/service.ts';
import { readConfig as readDomains } from '../../config/src/config.ts';
import { startDnsServer } from '../../config/test/dns-server.ts';
import { start as startDomains } from '../../config/src/service.ts';
import { readConfig as readEdge } from '../../edge/src/config.ts';
import { start as startEdge } from '../../edge/src/service.ts';
import { readConfig as readMetrics } from '../../metrics/src/config.ts';
import { start as startMetrics } from '../../metrics/src/service.ts';
import { readConfig as readNotifier } from '../../notifier/src/config.ts';
import { start as startNotifier } from '../../notifier/src/service.ts';
import { start as startConsole } from '../src/service.ts';
import { startLocalIssuer } from './local-issuer.ts';
import type { LocalIssuer } from './local-issuer.ts';
import { consoleConfig, log } from './suite.ts';

export type World = AsyncDisposable & {
  /** The console's address. */
  url: string;
  edgeUrl: string;
  /** Where what was sent can be read. */
  inboxUrl: string;
  /** The port of an origin that echoes at /echo. */
  originPort: number;
  user: LocalIssuer['user'];
};

/**
 * Every part of Longwire in this process, on free ports, with an identity provider, an inbox and an origin.
 * @param pagesDir the built pages
 */
export async function startWorld(pagesDir: string): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'longwire-world-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [consolePort, issuerPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${consolePort}`;
  const issuerUrl = `http://127.0.0.1:${issuerPort}`;
  const listen = { host: '127.0.0.1', port: 0 };
  const smsSecret = 'the secret of this test';

  const nats = stack.use(await startNats());
  const dns = stack.use(await startDnsServer());
  const clickhouse = stack.use(await startClickHouse());
  const origin = stack.use(await startOrigin({ ORIGIN_LISTEN: listen, LOG_LEVEL: 'fatal' }, log));
  const inboxConfig = { INBOX_HTTP_LISTEN: listen, INBOX_SMTP_LISTEN: listen, LOG_LEVEL: 'fatal' } as const;
  const inbox = stack.use(
    await startInbox({ ...inboxConfig, INBOX_STATE_DIR: join(folder, 'inbox'), SMS_SECRET: smsSecret }, log),
  );
  const env = {
    NATS_URL: nats.url,
    ADMIN_LISTEN: '127.0.0.1:0',
    GRPC_LISTEN: '127.0.0.1:0',
    AUTH_ISSUER: issuerUrl,
    AUTH_JWKS_URL: `${issuerUrl}/jwks`,
    ORIGIN_ALLOW: '127.0.0.0/8',
    DNS_SERVERS: dns.address,
    EDGE_LISTEN: '127.0.0.1:0',
    EDGE_STATE_DIR: join(folder, 'edge'),
    EDGE_WORKERS: '1', // workers are processes; this is one
    CLICKHOUSE_URL: clickhouse.url,
    SMTP_URL: `smtp://${inbox.smtpAddress}`,
    MAIL_FROM: 'longwire@longwire.test',
    SMS_URL: `http://${inbox.httpAddress}/sms`,
    SMS_SECRET: smsSecret,
    WEBHOOK_ALLOW: '127.0.0.1',
  };
  const activation = stack.use(await startActivation(readActivation(env), log));
  const domains = stack.use(await startDomains(readDomains(env), log));
  const edge = stack.use(await startEdge(readEdge(env), log));
  const metrics = stack.use(await startMetrics(readMetrics(env), log));
  const notifier = stack.use(await startNotifier(readNotifier(env), log));
  const config = consoleConfig({
    NATS_URL: nats.url,
    CONSOLE_LISTEN: `127.0.0.1:${consolePort}`,
    CONSOLE_URL: url,
    CONSOLE_PAGES_DIR: pagesDir,
    OIDC_ISSUER: issuerUrl,
    ACTIVATION_URL: `http://${activation.grpcAddress}`,
    CONFIG_URL: `http://${domains.grpcAddress}`,
    METRICS_URL: `http://${metrics.grpcAddress}`,
    NOTIFIER_URL: `http://${notifier.grpcAddress}`,
    EDGE_URL: `ws://${edge.address}`,
  });
  stack.use(await startConsole(config, log));
  const issuer = stack.use(await startLocalIssuer(issuerPort, url, config.OIDC_CLIENT_SECRET));
  const parts = stack.move();
  return {
    url,
    edgeUrl: `ws://${edge.address}`,
    inboxUrl: `http://${inbox.httpAddress}`,
    originPort: Number(new URL(`http://${origin.address}`).port),
    user: (email) => issuer.user(email),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
