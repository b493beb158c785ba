import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export type ClickHouseProxy = AsyncDisposable & {
  /** The target's URL with the proxy's host and port. */
  url: string;
  /** Awaited once, when ClickHouse has got the next insert of samples whole, or has confirmed it; the client knows of neither. */
  onInsert(moment: 'sent' | 'confirmed', hook: () => Promise<void>): void;
};

/** Stands between a service and ClickHouse, to let things happen at the worst moment of an insert. */
export async function startClickHouseProxy(target: string): Promise<ClickHouseProxy> {
  const { hostname, port } = new URL(target);
  let armed: { moment: string; hook: () => Promise<void> } | undefined;

  function fire(url: string, moment: string): Promise<void> | undefined {
    if (armed?.moment !== moment || !decodeURIComponent(url).includes('INSERT+INTO+samples')) return undefined;
    const { hook } = armed;
    armed = undefined;
    return hook();
  }

  const server = createServer((request, response) => {
    const { url = '/', method, headers } = request;
    const upstream = send({ hostname, port, path: url, method, headers }, (answer) => {
      void Promise.resolve(fire(url, 'confirmed')).then(() => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
    });
    upstream.on('finish', () => void fire(url, 'sent'));
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    onInsert: (moment, hook) => {
      armed = { moment, hook };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
