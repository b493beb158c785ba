import fastifyCookie from '@fastify/cookie';
import { connectNats, createRegistry, serveAdmin } from '@longwire/service';
import type { Logger, Service } from '@longwire/service';
import { LogController, fastify } from 'fastify';
import type { FastifyBaseLogger, FastifyError, FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { addSecurityHeaders } from './browser-guard.ts';
import { serveGateway } from './gateway.ts';
import { connectIdentityProvider } from './identity-provider.ts';
import { servePages } from './pages.ts';
import { sessionCookie } from './session-cookie.ts';
import { openSessions } from './sessions.ts';
import { addSignIn } from './sign-in.ts';

export type ConsoleService = Service & {
  /** host:port */
  address: string;
  adminAddress: string;
};

/** Starts the console: pages, sign-in and the HTTP API. It does not wait for the identity provider or the services. */
export async function start(config: Config, log: Logger): Promise<ConsoleService> {
  await using stack = new AsyncDisposableStack();
  const registry = createRegistry();
  let missing = ['NATS does not answer yet'];
  const admin = stack.use(await serveAdmin(config.ADMIN_LISTEN, () => missing, registry));

  const nats = await connectNats(config.NATS_URL, 'console', log);
  stack.defer(() => nats.drain());
  const provider = connectIdentityProvider(config);
  const sessions = await openSessions(nats, (tokens) => provider.renew(tokens));
  const cookie = sessionCookie(config.CONSOLE_URL);

  const app = createApp(log);
  addSecurityHeaders(app, config.CONSOLE_URL);
  await app.register(fastifyCookie);
  addSignIn(app, { config, provider, sessions, cookie, log });
  stack.use(await serveGateway(app, { config, sessions, cookie, registry }));
  await servePages(app, config.CONSOLE_PAGES_DIR);

  stack.defer(() => app.close());
  const url = new URL(await app.listen({ host: config.CONSOLE_LISTEN.host, port: config.CONSOLE_LISTEN.port }));
  missing = [];
  stack.defer(() => void (missing = ['stopping']));

  return Object.assign(stack.move(), { address: url.host, adminAddress: admin.address });
}

function createApp(log: Logger): FastifyInstance {
  const logger: FastifyBaseLogger = log;
  const app = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: 60_000,
    // An address that cannot be decoded goes where all unknown ones go, instead of past every hook.
    rewriteUrl: ({ url = '/' }) => (isDecodable(url) ? url : '/undecodable'),
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode < 500) return reply.code(statusCode).send({ message: error.message });
    log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    return reply.code(500).send({ message: 'internal error; the log has its cause' });
  });
  return app;
}

function isDecodable(url: string): boolean {
  try {
    decodeURI(url.replace(/\?.*/, ''));
    return true;
  } catch {
    return false;
  }
}
