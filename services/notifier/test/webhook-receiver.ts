import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Call = { id: string; signature: string; body: string; event: { id: string; type: string; data: object } };

export type WebhookReceiver = AsyncDisposable & {
  url: string;
  /** Every request, in its order. */
  calls: Call[];
  /** The status of its answers. */
  answer: (call: Call) => number | Promise<number>;
  /** What goes along with its answers. */
  headers: Record<string, string>;
};

/** A customer's own system: where the world begins. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const server = createServer((request, response) => {
    take(request).then(
      (status) =>
        response.writeHead(status, { location: `${receiver.url}elsewhere`, ...receiver.headers }).end('whatever'),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });

  async function take(request: IncomingMessage): Promise<number> {
    const body = await text(request);
    const header = (name: string) => String(request.headers[name] ?? '');
    const call = { id: header('longwire-id'), signature: header('longwire-signature'), body, event: JSON.parse(body) };
    receiver.calls.push(call);
    return receiver.answer(call);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    calls: [],
    answer: () => 204,
    headers: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

/** Under how many of these secrets a call is signed. */
export function signedUnder({ signature, body }: Call, secrets: string[]): number {
  const [, time = ''] = /^t=(\d+),/.exec(signature) ?? [];
  const right = secrets.map((secret) => createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'));
  const given = signature.split(',').map((part) => part.replace('v1=', ''));
  return right.filter((digest) => given.includes(digest)).length;
}
