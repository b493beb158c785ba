import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readState } from '../../../deploy/local/issuer/state.ts';
import type { User } from '../../../deploy/local/issuer/state.ts';
import { start } from '../../../deploy/local/issuer/service.ts';
import { log, required } from './suite.ts';

export type LocalIssuer = AsyncDisposable & {
  /** Someone who can sign in, by the email. */
  user(email: string): User;
};

/** The identity provider of the local suite, with a folder of its own. */
export async function startLocalIssuer(port: number, consoleUrl: string, clientSecret: string): Promise<LocalIssuer> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'longwire-issuer-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const config = {
    ISSUER_LISTEN: { host: '127.0.0.1', port },
    ISSUER_URL: `http://127.0.0.1:${port}`,
    ISSUER_STATE_DIR: folder,
    ISSUER_CLIENT_SECRET: clientSecret,
    ISSUER_REDIRECT_URI: `${consoleUrl}/callback`,
    LOG_LEVEL: 'fatal',
  } as const;
  stack.use(await start(config, log));
  const { users } = await readState(folder);
  const parts = stack.move();
  return {
    user(email) {
      const known = users.users.find((user) => user.email === email);
      return required(known, email);
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
