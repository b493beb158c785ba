import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { ask, readJson, refused, untold } from './provider-request.ts';
import type { SmsProvider } from './sms.ts';

export type TwilioOptions = {
  /** https://api.twilio.com unless it is another edge of theirs. */
  url: string;
  accountSid: string;
  authToken: string;
  /** A number (E.164), a sender id, or a messaging service (MG…). */
  from: string;
  /** Where Twilio tells what became of a message with this id; undefined asks for no telling. */
  receiptUrl: (id: string) => string | undefined;
};

const sid = z.string().regex(/^[A-Z]{2}[\da-f]{32}$/);
const accepted = z.object({ sid });
const problem = z.object({ code: z.int() });
const listed = z.object({
  messages: z.array(z.object({ sid, body: z.string(), date_created: z.coerce.date(), status: z.string() })),
});

/**
 * Twilio's Messages resource (2010-04-01). It takes the same message twice, so after a crash its list is asked for one
 * with the same words to the same number.
 */
export function twilio({ url, accountSid, authToken, from, receiptUrl }: TwilioOptions): SmsProvider {
  const messages = `${url}/2010-04-01/Accounts/${accountSid}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  return {
    async send({ id, to, text }) {
      const callback = receiptUrl(id);
      const body = new URLSearchParams({
        To: to,
        [from.startsWith('MG') ? 'MessagingServiceSid' : 'From']: from,
        Body: text,
        ...(callback !== undefined && { StatusCallback: callback }),
      });
      const response = await ask(messages, { method: 'POST', headers: { authorization }, body });
      const answer = await readJson(response);
      if (response.status === 201) return accepted.safeParse(answer).data?.sid ?? '';
      throw refused(response, problem.safeParse(answer).data?.code);
    },

    async findAccepted({ to, text }, since) {
      const query = new URLSearchParams({ To: to, 'DateSent>': since.toISOString().slice(0, 10), PageSize: '50' });
      const response = await ask(`${messages}?${query.toString()}`, { headers: { authorization } });
      const { data } = listed.safeParse(await readJson(response));
      if (!data) throw untold(response);
      const notBefore = since.getTime() - clockSkewMs;
      return data.messages.find(
        ({ body, date_created, status }) =>
          body.endsWith(text) && date_created.getTime() >= notBefore && !['failed', 'canceled'].includes(status),
      )?.sid;
    },
  };
}

/** Twilio's times are whole seconds of its own clock. */
const clockSkewMs = 2_000;

/** The signature of a status callback: its URL and its sorted parameters under the auth token (X-Twilio-Signature). */
export function twilioSignature(authToken: string, url: string, parameters: URLSearchParams): string {
  const sorted = [...parameters].toSorted(([a], [b]) => (a < b ? -1 : 1)).map((pair) => pair.join(''));
  return createHmac('sha1', authToken)
    .update([url, ...sorted].join(''))
    .digest('base64');
}
