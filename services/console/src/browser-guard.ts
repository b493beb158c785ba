import type { FastifyInstance } from 'fastify';

/**
 * Whether a page of this console sent the request. Browsers say so by Sec-Fetch-Site, the older ones by Origin; a request
 * that says neither is not taken for one.
 */
export function isFromOwnPage(read: (header: string) => string | null | undefined, consoleUrl: string): boolean {
  const site = read('sec-fetch-site');
  return site ? site === 'same-origin' : read('origin') === consoleUrl;
}

/** What every answer tells the browser: only our own scripts run, nobody frames us, nothing is guessed or leaked. */
export function addSecurityHeaders(app: FastifyInstance, consoleUrl: string): void {
  const headers = {
    'content-security-policy':
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(consoleUrl.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  };
  app.addHook('onRequest', async (_, reply) => {
    reply.headers(headers);
  });
}
