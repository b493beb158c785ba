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
  return `# Written anew at every start.
server_name: local
listen: 127.0.0.1:${ports.nats}
http: 127.0.0.1:${ports.natsMonitoring}

jetstream {
  store_dir: ${quote(join(dataDir, 'nats'))}
  # As in production: what was acknowledged is on the disk. Without it a power cut may take the last two minutes.
  sync_interval: always
}

${natsAuthorization((user) => quote(secrets.nats[user]))}`;
}

/**
 * The users of nats-server and what each may do.
 * @param {(user: string) => string} passwordOf as it stands in the file: quoted, or the name of a variable
 * @returns {string}
 */
export function natsAuthorization(passwordOf) {
  const users = Object.keys(natsUsers).map((name) => userLine(name, passwordOf(name), permissionsOf(name)));
  return `authorization {
  users: [
    # For looking into it by hand: may do everything.
    { user: operator, password: ${passwordOf('operator')} }
${users.join('\n')}
  ]
}
`;
}

/**
 * @param {string} name
 * @param {string} password as it stands in the file
 * @param {import('./nats-users.js').Permissions} permissions
 */
function userLine(name, password, { publish, deny, subscribe, mayAnswer }) {
  const list = (/** @type {string[]} */ subjects) => `[${subjects.map(quote).join(', ')}]`;
  // One answer to each question, within two seconds.
  const responses = mayAnswer ? '\n        allow_responses: { max: 1, expires: "2s" }' : '';
  const denied = deny.length > 0 ? `, deny: ${list(deny)}` : '';
  return `    {
      user: ${name}, password: ${password}
      permissions: {
        publish: { allow: ${list(publish)}${denied} }
        subscribe: { allow: ${list(subscribe)} }${responses}
      }
    }`;
}

/** @param {string | undefined} text */
function quote(text) {
  return JSON.stringify(text);
}
