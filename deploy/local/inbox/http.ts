import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { pathOf, readAll } from '../serve.ts';
import type { Failures } from './failures.ts';
import { inboxPage, messageMarkup } from './page.ts';
import { isSigned, smsRequest } from './sms.ts';
import type { Store } from './store.ts';

const largestBody = 64 * 1024;
const style = readFileSync(new URL('style.css', import.meta.url));
const script = readFileSync(new URL('live.js', import.meta.url));
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Answer = { status: number; type: string; body: string | Buffer };
type Handler = (request: IncomingMessage) => Answer | Promise<Answer>;

/** The inbox's page, its messages as JSON, the endpoint of an SMS provider, and the switch for failures. */
export function createHandler(store: Store, failures: Failures, smsSecret: string) {
  const routes: Record<string, Handler> = {
    'GET /': () => ({ status: 200, type: 'text/html; charset=utf-8', body: inboxPage(store.messages()) }),
    'GET /style.css': () => ({ status: 200, type: 'text/css; charset=utf-8', body: style }),
    'GET /live.js': () => ({ status: 200, type: 'text/javascript; charset=utf-8', body: script }),
    'GET /messages': () => json(200, store.messages()),
    'GET /failures': () => json(200, failures.remaining),
    'GET /readyz': () => ({ status: 200, type: 'text/plain', body: 'ok\n' }),
    'POST /sms': (request) => receiveSms(request, store, failures, smsSecret),
    'POST /failures': (request) => setFailures(request, failures),
  };

  return (request: IncomingMessage, response: ServerResponse): void => {
    const path = pathOf(request);
    if (path === '/events') return followMessages(store, response);
    const handler =
      routes[`${request.method} ${path}`] ?? (() => json(404, { error: `no ${request.method} ${path} here` }));
    Promise.resolve(request)
      .then(handler)
      .then(({ status, type, body }) => {
        const headers = {
          'content-type': type,
          'content-security-policy': policy,
          'x-content-type-options': 'nosniff',
        };
        response
          .writeHead(status, { ...headers, 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
          .end(body);
      })
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** 202 {messageId} once it is kept, the same again for an id that is known; 400 and 401 for what is not rightly made or signed. */
async function receiveSms(request: IncomingMessage, store: Store, failures: Failures, secret: string): Promise<Answer> {
  const body = await readAll(request, largestBody);
  if (!body) return json(413, { error: 'the body is too large' });
  if (!isSigned(body, request.headers['longwire-signature']?.toString(), secret))
    return json(401, { error: 'the signature is missing, wrong or old' });
  const { success, data: sms, error } = smsRequest.safeParse(parseJson(body));
  if (!success) return json(400, { error: z.prettifyError(error) });
  if (failures.strikes('sms')) return json(503, { error: 'turned away as asked' });
  await store.add({ kind: 'sms', ...sms, receivedAt: new Date().toISOString() });
  return json(202, { messageId: `inbox:${sms.id}` });
}

const failuresRequest = z.strictObject({ email: z.int().min(0).max(1000), sms: z.int().min(0).max(1000) }).partial();

/** JSON by its content type too: a form on a foreign page cannot send that here without asking. */
async function setFailures(request: IncomingMessage, failures: Failures): Promise<Answer> {
  if (!request.headers['content-type']?.startsWith('application/json'))
    return json(415, { error: 'send application/json' });
  const body = await readAll(request, largestBody);
  const { success, data, error } = failuresRequest.safeParse(body && parseJson(body));
  if (!success) return json(400, { error: z.prettifyError(error) });
  Object.assign(failures.remaining, data);
  return json(200, failures.remaining);
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** Server-sent events: each new message as markup, under its kind. */
function followMessages(store: Store, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  const stop = store.listen((message) => {
    response.write(`event: ${message.kind}\ndata: ${JSON.stringify(messageMarkup(message))}\n\n`);
  });
  response.once('close', stop);
}
