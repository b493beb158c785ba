import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '@longwire/service';
import { z } from 'zod';
import { isFromOwnPage } from './browser-guard.ts';
import type { Config } from './config.ts';
import type { IdentityProvider } from './identity-provider.ts';
import { identityOf } from './identity.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

const attemptSeconds = 600;
const attemptShape = z.object({ state: z.string(), nonce: z.string(), verifier: z.string(), returnTo: z.string() });

type Deps = {
  config: Config;
  provider: IdentityProvider;
  sessions: Sessions;
  cookie: SessionCookie;
  log: Logger;
};

/**
 * GET /signin sends the browser to the identity provider, GET /callback takes it back and opens a session, POST /signout
 * closes it and says where the browser signs out of the provider, GET /session tells who is signed in.
 */
export function addSignIn(app: FastifyInstance, { config, provider, sessions, cookie, log }: Deps): void {
  const { CONSOLE_URL: consoleUrl } = config;
  const attemptOptions = { ...cookie.options, path: '/callback', maxAge: attemptSeconds } as const;

  app.get('/signin', async (request, reply) => {
    // A cookie set under another name of this host would not be there at the callback.
    if (request.host !== new URL(consoleUrl).host) return reply.redirect(`${consoleUrl}${request.url}`);
    try {
      const { url, attempt } = await provider.begin();
      const value = JSON.stringify({ ...attempt, returnTo: returnPath(request, consoleUrl) });
      return await reply.setCookie(attemptCookie(attempt.state), value, attemptOptions).redirect(url.href);
    } catch (error) {
      log.warn({ err: error }, 'identity provider does not answer');
      return reply.redirect('/?problem=provider');
    }
  });

  app.get('/callback', async (request, reply) => {
    const name = attemptCookie(z.object({ state: z.string().catch('') }).parse(request.query).state);
    const attempt = readAttempt(request.cookies[name]);
    if (!attempt) return reply.redirect('/?problem=expired');
    reply.clearCookie(name, attemptOptions);
    try {
      const tokens = await provider.finish(new URL(request.url, consoleUrl), attempt);
      const before = cookie.read(request.cookies);
      if (before !== undefined) await sessions.close(before);
      const id = await sessions.open(tokens);
      return await reply.setCookie(cookie.name, id, cookie.options).redirect(attempt.returnTo);
    } catch (error) {
      log.warn({ err: error }, 'sign-in failed');
      return reply.redirect('/?problem=refused');
    }
  });

  app.post('/signout', async (request, reply) => {
    if (!isFromOwnPage((name) => headerOf(request, name), consoleUrl)) return reply.code(403).send();
    const id = cookie.read(request.cookies);
    reply.clearCookie(cookie.name, cookie.options);
    if (id === undefined) return { url: '/' };
    const tokens = await sessions.tokens(id).catch(() => undefined);
    await sessions.close(id);
    // Signed out here in any case; without an answer of the provider its own session just goes on.
    const url = tokens && (await provider.endUrl(tokens).catch(() => undefined));
    return { url: url?.href ?? '/' };
  });

  app.get('/session', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const id = cookie.read(request.cookies);
    const tokens = id && (await sessions.tokens(id));
    if (!tokens) return reply.code(401).send({ message: 'nobody is signed in' });
    return { ...identityOf(tokens), edgeUrl: config.EDGE_URL ?? null };
  });
}

/** The cookie of one attempt to sign in, by its state: each window has its own. */
function attemptCookie(state: string): string {
  return `longwire-sign-in-${state}`;
}

/** Where to go after the sign-in: a path of this console, never another site. */
function returnPath(request: FastifyRequest, consoleUrl: string): string {
  const { return: wanted } = z.object({ return: z.string().catch('/') }).parse(request.query);
  const url = URL.parse(wanted, consoleUrl);
  // A path that begins with two slashes, as /.//host does once it is normal, is read as another host.
  if (url?.origin !== consoleUrl || url.pathname.startsWith('//')) return '/';
  return `${url.pathname}${url.search}`;
}

function readAttempt(value: string | undefined): z.infer<typeof attemptShape> | undefined {
  try {
    return attemptShape.parse(JSON.parse(value ?? ''));
  } catch {
    return undefined;
  }
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
