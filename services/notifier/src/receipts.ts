import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatAddress } from '@longwire/service';
import type { ListenAddress, Logger } from '@longwire/service';

/** What a provider says became of a message that it had accepted. */
export type Receipt = { id: string; providerMessageId?: string } & (
  { arrived: true } | { arrived: false; /** The provider's code of the cause. */ code: string }
);

/** A request of a provider that tells about messages. */
export type ReceiptRequest = { path: string; body: string; header: (name: string) => string };

/** Reads receipts from a request; undefined refuses it, because it is not the provider's or cannot be read. */
export type ReadReceipts = (request: ReceiptRequest) => Receipt[] | undefined;

export type ReceiptServer = AsyncDisposable & { /** host:port */ address: string };

const longestBody = 256 * 1024;

/**
 * Takes delivery receipts over HTTP: 200 `{"code":0}` once all are recorded, 403 for what is not signed by the provider,
 * 413 for what is too long, 503 when they could not be recorded, so that the provider tells them again.
 */
export async function serveReceipts(
  listen: ListenAddress,
  read: ReadReceipts,
  record: (receipt: Receipt) => Promise<void>,
  logger: Logger,
): Promise<ReceiptServer> {
  async function answer(request: IncomingMessage): Promise<number> {
    if (request.method !== 'POST') return 405;
    const body = await readBody(request);
    if (body === undefined) return 413;
    const header = (name: string) => String(request.headers[name] ?? '');
    const receipts = read({ path: request.url ?? '/', body, header });
    if (!receipts) return 403;
    for (const receipt of receipts) await record(receipt);
    return 200;
  }

  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request)
      .catch((error: unknown) => {
        logger.error({ err: error }, 'a receipt was not recorded');
        return 503;
      })
      .then(
        (status) => {
          const body = status === 200 ? '{"code":0}' : '';
          response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body);
        },
        () => {},
      );
  });
  server.listen(listen.port, listen.host);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const { port } = server.address() as AddressInfo;
  return {
    address: formatAddress({ host: listen.host, port }),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
