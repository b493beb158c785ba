import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger, Service } from '@longwire/service';
import { pathOf, serveHttp } from '../serve.ts';
import type { Config } from './config.ts';
import { createMemory } from './memory.ts';
import { createProvider } from './provider.ts';
import { createSignIn } from './sign-in.ts';
import { readState } from './state.ts';

/** An OpenID Connect provider for one machine, with people of its own. */
export async function start(config: Config, log: Logger): Promise<Service & { address: string }> {
  await using stack = new AsyncDisposableStack();
  const { users, keys } = await readState(config.ISSUER_STATE_DIR);
  const provider = createProvider(config, users, keys, stack.use(createMemory()));
  provider.on('server_error', (_, error) => log.error({ err: error }, 'request failed'));
  const signIn = createSignIn(provider, users.users);
  const answer = provider.callback();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathOf(request);
    if (path === '/readyz') response.end('ok\n');
    else await (path.startsWith('/sign-in/') ? signIn(request, response) : answer(request, response));
  }

  const { address } = stack.use(
    await serveHttp(config.ISSUER_LISTEN, (request, response) => {
      handle(request, response).catch((error: unknown) => {
        log.error({ err: error }, 'request failed');
        response.destroy();
      });
    }),
  );
  log.info({ address, issuer: config.ISSUER_URL }, 'listening');
  return Object.assign(stack.move(), { address });
}
