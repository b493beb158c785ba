import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './paths.js';
import { natsConfig } from './suite/nats-config.js';
import { natsUsers } from './suite/nats-users.js';
import { portsFrom } from './suite/ports.js';
import { openSecrets } from './suite/secrets.js';

/** @import { Part } from './supervisor/part.js' */
/** @import { Ports } from './suite/ports.js' */
/** @import { Secrets } from './suite/secrets.js' */
/** @import { Tools } from './toolchain.js' */

/**
 * The whole of Longwire on one machine, and the world around it: every process, what it is told and whom it needs.
 * The services are told the same as in production; only the addresses differ.
 * @param {object} options
 * @param {string} options.dataDir absolute
 * @param {Ports} options.ports
 * @param {Secrets} options.secrets
 * @param {Tools} options.tools
 * @param {boolean} options.demo whether the scripted customer plays
 * @returns {Part[]}
 */
export function suite({ dataDir, ports, secrets, tools, demo }) {
  const listen = (/** @type {number} */ port) => `127.0.0.1:${port}`;
  const http = (/** @type {number} */ port) => `http://127.0.0.1:${port}`;
  const data = (/** @type {string} */ name) => join(dataDir, name);
  const url = addresses(ports);

  const node = { command: tools.node, env: { NODE_COMPILE_CACHE: join(cacheDir, 'compiled') } };
  const local = (/** @type {string} */ name) => ({ ...node, name, args: [`deploy/local/${name}/main.ts`] });
  const service = (/** @type {string} */ name) => ({
    ...node,
    name,
    args: [`services/${name}/src/main.ts`],
    after: ['nats-server'],
  });

  const nats = (/** @type {string} */ user) => `nats://${user}:${secrets.nats[user]}@${listen(ports.nats)}`;
  const auth = { AUTH_ISSUER: url.issuer, AUTH_JWKS_URL: `${url.issuer}/jwks` };
  const grpc = {
    ACTIVATION_URL: http(ports.activation),
    CONFIG_URL: http(ports.config),
    METRICS_URL: http(ports.metrics),
    NOTIFIER_URL: http(ports.notifier),
  };
  const originAllow = '127.0.0.1/32'; // The demo origin is not public.

  /** @type {Part[]} */
  const parts = [
    {
      name: 'nats-server',
      what: 'event log, key-value store',
      command: tools.natsServer,
      args: ['-c', data('nats-server.conf')],
      env: {},
      ipc: false,
      after: [],
      ready: `${http(ports.natsMonitoring)}/healthz`,
      address: `nats://${listen(ports.nats)}`,
    },
    {
      ...local('clickhouse'),
      what: 'metrics store',
      env: {
        ...node.env,
        CLICKHOUSE_LISTEN: listen(ports.clickhouse),
        CLICKHOUSE_DATA_DIR: data('clickhouse'),
        CLICKHOUSE_USER: 'longwire',
        CLICKHOUSE_PASSWORD: secrets.clickhouse,
        CLICKHOUSE_DATABASE: 'longwire',
      },
      after: [],
      ready: `${http(ports.clickhouse)}/ping`,
      address: http(ports.clickhouse),
    },
    {
      ...local('issuer'),
      what: 'sign-in, tokens',
      env: {
        ...node.env,
        ISSUER_LISTEN: listen(ports.issuer),
        ISSUER_URL: url.issuer,
        ISSUER_STATE_DIR: data('issuer'),
        ISSUER_CLIENT_SECRET: secrets.console,
        ISSUER_REDIRECT_URI: `${url.console}/callback`,
      },
      after: [],
      ready: `${url.issuer}/readyz`,
      address: url.issuer,
    },
    {
      ...local('inbox'),
      what: 'takes the emails and SMS',
      env: {
        ...node.env,
        INBOX_HTTP_LISTEN: listen(ports.inbox),
        INBOX_SMTP_LISTEN: listen(ports.inboxSmtp),
        INBOX_STATE_DIR: data('inbox'),
        SMS_SECRET: secrets.sms,
      },
      after: [],
      ready: `${url.inbox}/readyz`,
      address: url.inbox,
    },
    {
      ...local('origin'),
      what: "a customer's WebSocket server",
      env: { ...node.env, ORIGIN_LISTEN: listen(ports.origin) },
      after: [],
      ready: `${http(ports.origin)}/readyz`,
      address: `ws://${listen(ports.origin)}`,
    },
    {
      ...service('activation'),
      what: 'accounts, applications',
      env: {
        ...node.env,
        ...auth,
        NATS_URL: nats('activation'),
        GRPC_LISTEN: listen(ports.activation),
        ADMIN_LISTEN: listen(ports.activationAdmin),
      },
      ready: `${http(ports.activationAdmin)}/readyz`,
      address: grpc.ACTIVATION_URL,
    },
    {
      ...service('config'),
      what: 'domains and their settings',
      env: {
        ...node.env,
        ...auth,
        NATS_URL: nats('config'),
        GRPC_LISTEN: listen(ports.config),
        ADMIN_LISTEN: listen(ports.configAdmin),
        ORIGIN_ALLOW: originAllow,
      },
      ready: `${http(ports.configAdmin)}/readyz`,
      address: grpc.CONFIG_URL,
    },
    {
      ...service('metrics'),
      what: 'figures and bills',
      env: {
        ...node.env,
        ...auth,
        NATS_URL: nats('metrics'),
        GRPC_LISTEN: listen(ports.metrics),
        ADMIN_LISTEN: listen(ports.metricsAdmin),
        CLICKHOUSE_URL: `http://longwire:${secrets.clickhouse}@${listen(ports.clickhouse)}/longwire`,
      },
      after: ['nats-server', 'clickhouse'],
      ready: `${http(ports.metricsAdmin)}/readyz`,
      address: grpc.METRICS_URL,
    },
    {
      ...service('notifier'),
      what: 'sends emails and SMS',
      env: {
        ...node.env,
        ...auth,
        NATS_URL: nats('notifier'),
        GRPC_LISTEN: listen(ports.notifier),
        ADMIN_LISTEN: listen(ports.notifierAdmin),
        SMTP_URL: `smtp://${listen(ports.inboxSmtp)}`,
        MAIL_FROM: 'longwire@longwire.example',
        SMS_URL: `${url.inbox}/sms`,
        SMS_SECRET: secrets.sms,
        WEBHOOK_ALLOW: '127.0.0.1/32', // A customer's own system on this machine.
        REVIEW_DESK_EMAILS: 'desk@longwire.example',
        REVIEW_DESK_PHONES: '+8613900000000',
      },
      after: ['nats-server', 'inbox'],
      ready: `${http(ports.notifierAdmin)}/readyz`,
      address: grpc.NOTIFIER_URL,
    },
    {
      ...service('edge'),
      what: 'where WebSocket clients connect',
      env: {
        ...node.env,
        NATS_URL: nats('edge'),
        EDGE_LISTEN: listen(ports.edge),
        ADMIN_LISTEN: listen(ports.edgeAdmin),
        EDGE_ID: 'local-1',
        EDGE_STATE_DIR: data('edge'),
        ORIGIN_ALLOW: originAllow,
        // No load balancer has to notice, and nobody waits for Ctrl-C.
        EDGE_DRAIN_ACCEPT_MS: '0',
        EDGE_DRAIN_SPREAD_MS: '200',
        EDGE_DRAIN_DEADLINE_MS: '3000',
      },
      // Needs nobody: it starts from what it last knew. But samples and status have somewhere to go while it stops.
      after: ['nats-server', 'origin'],
      ready: `${http(ports.edgeAdmin)}/readyz`,
      address: url.edge,
    },
    {
      ...service('console'),
      what: 'web pages and HTTP API',
      env: {
        ...node.env,
        ...grpc,
        NATS_URL: nats('console'),
        CONSOLE_LISTEN: listen(ports.console),
        CONSOLE_URL: url.console,
        ADMIN_LISTEN: listen(ports.consoleAdmin),
        OIDC_ISSUER: url.issuer,
        OIDC_CLIENT_ID: 'console',
        OIDC_CLIENT_SECRET: secrets.console,
        EDGE_URL: url.edge,
      },
      ready: `${http(ports.consoleAdmin)}/readyz`,
      address: url.console,
    },
  ];
  if (!demo) return parts;
  return [
    ...parts,
    {
      ...local('demo'),
      what: 'a scripted customer and its traffic',
      env: {
        ...node.env,
        ...grpc,
        EDGE_URL: url.edge,
        INBOX_URL: url.inbox,
        ISSUER_URL: url.issuer,
        ISSUER_STATE_DIR: data('issuer'),
        ORIGIN_URL: `ws://${listen(ports.origin)}`,
      },
      speaks: true,
      after: parts.map(({ name }) => name),
    },
  ];
}

/**
 * Where people and clients go.
 * @param {Ports} ports
 */
export function addresses(ports) {
  return {
    console: `http://127.0.0.1:${ports.console}`,
    edge: `ws://127.0.0.1:${ports.edge}`,
    inbox: `http://127.0.0.1:${ports.inbox}`,
    issuer: `http://127.0.0.1:${ports.issuer}`,
  };
}

/**
 * Makes a data folder ready and gives the table of parts that runs on it.
 * @param {object} options
 * @param {string} options.dataDir absolute
 * @param {number} options.portBase
 * @param {Tools} options.tools
 * @param {boolean} options.demo
 */
export async function prepareSuite({ dataDir, portBase, tools, demo }) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const ports = portsFrom(portBase);
  const secrets = await openSecrets(dataDir, [...Object.keys(natsUsers), 'operator']);
  await writeFile(join(dataDir, 'nats-server.conf'), natsConfig({ dataDir, ports, secrets }), { mode: 0o600 });
  return { parts: suite({ dataDir, ports, secrets, tools, demo }), ports, secrets, addresses: addresses(ports) };
}
