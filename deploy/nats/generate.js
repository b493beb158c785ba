// Writes users.conf from the one table of who may do what: node deploy/nats/generate.js
import { writeFileSync } from 'node:fs';
import { usersConf } from './users-conf.js';

writeFileSync(new URL('users.conf', import.meta.url), usersConf());
