import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, Service } from '@longwire/service';
import { WebSocketServer } from 'ws';
import { pathOf, serveHttp } from '../serve.ts';
import type { Config } from './config.ts';
import { createChat, echo } from './rooms.ts';
import type { Room } from './rooms.ts';

const largestMessage = 1024 * 1024;

/** A WebSocket server to connect to through an edge: /echo, and a chat at / and /chat. */
export async function start(config: Config, log: Logger): Promise<Service & { address: string }> {
  await using stack = new AsyncDisposableStack();
  const chat = stack.use(createChat());
  const rooms = new Map<string, Room>([
    ['/', chat.join],
    ['/chat', chat.join],
    ['/echo', echo],
  ]);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestMessage,
    // Made when a client offers it; small messages are not worth it.
    perMessageDeflate: { threshold: 256, serverNoContextTakeover: true, clientNoContextTakeover: true },
    handleProtocols: (offered) => (offered.has('echo') ? 'echo' : false),
  });
  const http = stack.use(await serveHttp(config.ORIGIN_LISTEN, answerHttp));
  http.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const room = rooms.get(pathOf(request));
    if (!room) {
      socket.on('error', () => socket.destroy());
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.on('error', (error) => log.debug({ err: error }, 'client broke the protocol or the connection'));
      room(client);
    });
  });
  stack.defer(() => sayGoodbye(sockets));
  log.info({ address: http.address }, 'listening');
  return Object.assign(stack.move(), { address: http.address });
}

function answerHttp(request: IncomingMessage, response: ServerResponse): void {
  const pages: Record<string, string> = {
    '/': 'Longwire demo origin: a WebSocket server. Connect to /echo, or to /chat.\n',
    '/readyz': 'ok\n',
  };
  const page = pages[pathOf(request)];
  response.writeHead(page ? 200 : 404, { 'content-type': 'text/plain; charset=utf-8' }).end(page ?? 'not here\n');
}

/** 1001 to everyone, and a second to answer. */
async function sayGoodbye(sockets: WebSocketServer): Promise<void> {
  for (const client of sockets.clients) client.close(1001, 'the origin stops');
  const deadline = Date.now() + 1000;
  while (sockets.clients.size > 0 && Date.now() < deadline) await sleep(10);
  for (const client of sockets.clients) client.terminate();
}
