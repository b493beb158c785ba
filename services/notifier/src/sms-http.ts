import { z } from 'zod';
import { ask, readJson, refused } from './provider-request.ts';
import { sign } from './signature.ts';
import type { SmsProvider } from './sms.ts';

const accepted = z.object({ messageId: z.string().regex(/^[\w.:-]{1,200}$/) });

/**
 * Any provider that takes `POST {"id","to","text"}` with our signature, answers `202 {"messageId"}`, and takes an id once.
 * Temporary are no answer, 401, 403, 408, 429 and 5xx; permanent is any other answer but 202.
 */
export function signedHttp({ url, secret }: { url: string; secret: string }): SmsProvider {
  return {
    async send({ id, to, text }) {
      const body = JSON.stringify({ id, to, text });
      const headers = { 'content-type': 'application/json', 'longwire-signature': sign(body, [secret]) };
      const response = await ask(url, { method: 'POST', headers, body });
      if (response.status === 202) return accepted.safeParse(await readJson(response)).data?.messageId ?? '';
      await response.body?.cancel();
      throw refused(response);
    },
  };
}
