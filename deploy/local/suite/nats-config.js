import { join } from 'node:path';
import { natsUsers, permissionsOf } from './nats-users.js';

/**
 * nats-server's own configuration for one machine.
 * @param {object} options
 * @param {string} options.dataDir absolute
 * @param {{ nats: number, natsMonitoring: number }} options.ports
 * @param {{ nats: Record<string, string> }} options.secrets
 * @returns {string}
 */
export function natsConfig({ dataDir, ports, secrets }) {
  const users = Object.entries(natsUsers).map(([name, user]) =>
    userLine(name, secrets.nats[name], permissionsOf(name, user)),
  );
  return `# Written anew at every start.
server_name: local
listen: 127.0.0.1:${ports.nats}
http: 127.0.0.1:${ports.natsMonitoring}

jetstream {
  store_dir: ${quote(join(dataDir, 'nats'))}
  # As in production: what was acknowledged is on the disk. Without it a power cut may take the last two minutes.
  sync_interval: always
}

authorization {
  users: [
    # For looking into it by hand: may do everything.
    { user: operator, password: ${quote(secrets.nats['operator'])} }
${users.join('\n')}
  ]
}
`;
}

/**
 * @param {string} name
 * @param {string | undefined} password
 * @param {{ publish: string[], subscribe: string[] }} permissions
 */
function userLine(name, password, { publish, subscribe }) {
  const list = (/** @type {string[]} */ subjects) => `[${subjects.map(quote).join(', ')}]`;
  return `    {
      user: ${name}, password: ${quote(password)}
      permissions: {
        publish: { allow: ${list(publish)} }
        subscribe: { allow: ${list(subscribe)} }
      }
    }`;
}

/** @param {string | undefined} text */
function quote(text) {
  return JSON.stringify(text);
}
