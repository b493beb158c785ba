import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { formatAddress } from './env.ts';
import type { ListenAddress } from './env.ts';

export type Admin = AsyncDisposable & {
  /** host:port */
  address: string;
};

/** What /metrics shows: a registry, or whatever else writes Prometheus's text. */
type Exposition = Pick<Registry, 'contentType' | 'metrics'>;

/** A registry with the process's own figures. Labels stay of low cardinality: a domain or an account is never one. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * The operator's side of a service, over HTTP: /livez (the process answers), /readyz (it can do its work: 200, else 503
 * with what is missing, a line each), /metrics (Prometheus text).
 * @param missing what the service still waits for; empty means ready
 */
export async function serveAdmin(
  listen: ListenAddress,
  missing: () => string[],
  registry: Exposition = createRegistry(),
): Promise<Admin> {
  const server = createServer((request, response) => {
    answer(request.url, missing, registry).then(
      ({ status, type = 'text/plain; charset=utf-8', body }) =>
        response.writeHead(status, { 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(listen.port, listen.host);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const { port } = server.address() as AddressInfo;
  return {
    address: formatAddress({ host: listen.host, port }),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

type Answer = { status: number; type?: string; body: string };

async function answer(path: string | undefined, missing: () => string[], registry: Exposition): Promise<Answer> {
  switch (path) {
    case '/livez':
      return { status: 200, body: 'ok\n' };
    case '/readyz': {
      const lines = missing();
      return lines.length === 0 ? { status: 200, body: 'ok\n' } : { status: 503, body: `${lines.join('\n')}\n` };
    }
    case '/metrics':
      return { status: 200, type: registry.contentType, body: await registry.metrics() };
    default:
      return { status: 404, body: 'try /livez, /readyz or /metrics\n' };
  }
}
