import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from 'oidc-provider';
import type { Provider } from 'oidc-provider';
import { isSameSecret } from '../same-secret.ts';
import { readAll } from '../serve.ts';
import { errorPage, signInPage } from './pages.ts';
import type { User } from './state.ts';

const largestForm = 4096;
const guessDelayMs = 500;

/** The page on which people sign in, GET and POST; the provider's cookie says for whom and what. */
export function createSignIn(provider: Provider, users: User[]) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { uid } = await provider.interactionDetails(request, response);
      if (request.method !== 'POST') return show(response, 200, signInPage(uid, { failed: false, email: '' }));
      const form = new URLSearchParams((await readAll(request, largestForm))?.toString());
      const email = form.get('email') ?? '';
      const user = users.find((candidate) => candidate.email === email.trim().toLowerCase());
      if (user && isSameSecret(form.get('password') ?? '', user.password))
        return await provider.interactionFinished(request, response, { login: { accountId: user.subject } });
      await sleep(guessDelayMs);
      return show(response, 401, signInPage(uid, { failed: true, email }));
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error;
      return show(
        response,
        400,
        errorPage('session not found', 'This sign-in has taken too long, or was begun elsewhere.'),
      );
    }
  };
}

function show(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  });
  response.end(page);
}
