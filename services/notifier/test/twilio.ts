import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const twilioAccount = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a token of twilio' };

type Message = {
  sid: string;
  to: string;
  from: string;
  body: string;
  status: string;
  date_created: string;
  callback: string;
};

export type Twilio = AsyncDisposable & {
  url: string;
  /** Every message that was created, in its order. */
  messages: Message[];
  /** Asked with each message: undefined creates it, else the answer's status and code. */
  answer: (message: Message) => { status: number; code: number } | undefined | Promise<undefined>;
  /** Ends connections instead of answering. */
  losesAnswers: boolean;
};

/** Twilio's Messages resource as far as it is used: create and list, with the account's basic authentication. */
export async function startTwilio(): Promise<Twilio> {
  const server = createServer((request, response) => {
    handle(request).then(
      ([status, body]) =>
        twilio.losesAnswers
          ? response.destroy()
          : response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });

  async function handle(request: IncomingMessage): Promise<[number, object]> {
    const { accountSid, authToken } = twilioAccount;
    const basic = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
    if (request.headers.authorization !== basic) return [401, { code: 20003, message: 'Authenticate', status: 401 }];
    const url = new URL(request.url ?? '/', 'http://twilio');
    if (url.pathname !== `/2010-04-01/Accounts/${accountSid}/Messages.json`) return [404, { code: 20404, status: 404 }];
    if (request.method === 'GET') {
      const to = url.searchParams.get('To');
      return [200, { messages: twilio.messages.filter((message) => message.to === to).toReversed() }];
    }
    const form = new URLSearchParams(await text(request));
    const message: Message = {
      sid: `SM${String(twilio.messages.length).padStart(32, '0')}`,
      to: form.get('To') ?? '',
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      body: form.get('Body') ?? '',
      callback: form.get('StatusCallback') ?? '',
      status: 'queued',
      date_created: new Date().toUTCString().replace('GMT', '+0000'),
    };
    if (!message.to || !message.from || !message.body) return [400, { code: 21604, status: 400 }];
    const isCreated = twilio.messages.push(message);
    const refusal = await twilio.answer(message);
    if (!refusal) return [201, message];
    twilio.messages.splice(isCreated - 1, 1);
    return [refusal.status, { code: refusal.code, message: `about ${message.to}`, status: refusal.status }];
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const twilio: Twilio = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: [],
    answer: () => undefined,
    losesAnswers: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return twilio;
}
