import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const notBuilt = 'The pages are not built: run pnpm --filter @longwire/console build\n';

/**
 * Serves the built pages. Files under /assets carry their hash in their name and may be kept for ever; every other path
 * that a browser opens is the one page, which finds out by itself what to show.
 */
export async function servePages(app: FastifyInstance, root: string): Promise<void> {
  const isBuilt = existsSync(join(root, 'index.html'));
  if (isBuilt)
    await app.register(fastifyStatic, {
      root,
      preCompressed: true,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const isHashed = path.startsWith(join(root, 'assets/'));
        reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-store');
      },
    });
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && request.headers.accept?.includes('text/html');
    if (!wantsPage || request.url.startsWith('/api/') || request.url.startsWith('/assets/'))
      return reply.code(404).send({ code: 'not_found', message: 'there is nothing here' });
    return isBuilt ? reply.sendFile('index.html') : reply.code(503).type('text/plain').send(notBuilt);
  });
}
