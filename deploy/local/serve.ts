import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { formatAddress } from '@longwire/service/env';
import type { ListenAddress } from '@longwire/service';

export type HttpServer = AsyncDisposable & {
  /** host:port */
  address: string;
  server: Server;
};

/**
 * Listens for HTTP. Disposing accepts nothing more, lets running requests end, and cuts them off after a while.
 * @param patienceMs how long running requests may take then
 */
export async function serveHttp(
  { host, port }: ListenAddress,
  listener: RequestListener,
  patienceMs = 0,
): Promise<HttpServer> {
  const server = createServer(listener).listen(port, host);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  return {
    address: formatAddress({ host, port: (server.address() as AddressInfo).port }),
    server,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      const patience = setTimeout(() => server.closeAllConnections(), patienceMs);
      await closed;
      clearTimeout(patience);
    },
  };
}

/** The path of a request's target, whatever else is in there. */
export const pathOf = ({ url = '/' }: IncomingMessage): string => url.split('?', 1)[0] ?? '/';

/** All of a stream; nothing when it is larger than it may be. */
export async function readAll(stream: Readable, largestBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  // What is too much is read and dropped: the answer goes out on a connection that stays whole.
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBytes) chunks.push(chunk);
  }
  return size <= largestBytes ? Buffer.concat(chunks) : undefined;
}
