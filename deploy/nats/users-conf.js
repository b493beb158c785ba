import { natsAuthorization } from '../local/suite/nats-config.js';

/** The users of nats-server for production, their passwords taken from its environment. */
export function usersConf() {
  const variables = natsAuthorization((user) => `$NATS_PASSWORD_${user.toUpperCase()}`);
  return `# Made by generate.js from deploy/local/suite/nats-users.js.\n${variables}`;
}
