import type { IncomingMessage, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import type { Logger, Service } from '@longwire/service';
import { serveHttp } from '../serve.ts';
import type { Config } from './config.ts';
import { authenticate } from './credentials.ts';
import { openEngine } from './engine.ts';
import { answerQuery } from './query.ts';
import { sendException } from './response.ts';

const stopPatienceMs = 10_000;

/**
 * ClickHouse's HTTP interface over the engine in this process. What a server has and this has not: other users and roles,
 * native compression inside the body, external tables, built-in pages, and the query_id of a request in system.processes.
 */
export async function start(config: Config, log: Logger): Promise<Service & { address: string }> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await openEngine(config.CLICKHOUSE_DATA_DIR));
  {
    using connection = engine.connect();
    await connection.run(`CREATE DATABASE IF NOT EXISTS ${config.CLICKHOUSE_DATABASE}`, 'Null');
  }
  const expected = { user: config.CLICKHOUSE_USER, password: config.CLICKHOUSE_PASSWORD };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(`http://localhost${request.url}`);
    response.setHeader('X-ClickHouse-Server-Display-Name', hostname());
    const isBare = request.method === 'GET' && !url.searchParams.has('query');
    switch (url.pathname) {
      case '/ping':
      case '/replicas_status':
        return void response.end('Ok.\n');
      case '/':
        if (isBare) return void response.end('Ok.\n');
        authenticate(request, url, expected);
        return answerQuery(engine, config.CLICKHOUSE_DATABASE, request, response, url);
      default:
        return void response.writeHead(404).end(`There is no ${url.pathname} here: /ping, or a query to /\n`);
    }
  }

  const { address } = stack.use(
    await serveHttp(
      config.CLICKHOUSE_LISTEN,
      (request, response) => {
        handle(request, response).catch((error: unknown) => {
          if (response.headersSent) response.destroy();
          else sendException(response, error, engine.version);
        });
      },
      stopPatienceMs,
    ),
  );
  log.info({ address, version: engine.version }, 'listening');
  return Object.assign(stack.move(), { address });
}
