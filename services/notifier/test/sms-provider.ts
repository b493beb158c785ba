import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Sms = { id: string; to: string; text: string };
type Answer = { status: number; body: object; headers?: Record<string, string> };

export type SmsProvider = AsyncDisposable & {
  url: string;
  port: number;
  /** Every request with a right signature, in its order. */
  requests: Sms[];
  /** What a phone shows: each id once. */
  phone: Map<string, Sms>;
  /** Asked before a message is taken; undefined takes it. A promise that does not settle leaves the client waiting. */
  answer: (sms: Sms) => Answer | undefined | Promise<Answer | undefined>;
};

/** An SMS provider that speaks the protocol of sms.ts and checks its signature: where the world begins. */
export async function startSmsProvider(secret: string, port = 0): Promise<SmsProvider> {
  const server = createServer((request, response) => {
    handle(request).then(
      ({ status, body, headers }) =>
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });

  async function handle(request: IncomingMessage): Promise<Answer> {
    const body = await text(request);
    if (!isSigned(body, request.headers['longwire-signature'], secret)) return { status: 401, body: {} };
    const sms: Sms = JSON.parse(body);
    provider.requests.push(sms);
    const answer = await provider.answer(sms);
    if (answer) return answer;
    provider.phone.set(sms.id, sms);
    return { status: 202, body: { messageId: `provider-${sms.id}` } };
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  const provider: SmsProvider = {
    url: `http://127.0.0.1:${address.port}/messages`,
    port: address.port,
    requests: [],
    phone: new Map(),
    answer: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}

/** `t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`, no older than five minutes. */
function isSigned(body: string, header: string | string[] | undefined, secret: string): boolean {
  const [, time = '', signature = ''] = /^t=(\d+),v1=([\da-f]{64})$/.exec(String(header)) ?? [];
  const right = createHmac('sha256', secret).update(`${time}.${body}`).digest();
  const given = Buffer.from(signature, 'hex');
  return (
    Math.abs(Date.now() / 1000 - Number(time)) < 300 && given.length === right.length && timingSafeEqual(given, right)
  );
}
