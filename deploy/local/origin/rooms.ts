import type { RawData, WebSocket } from 'ws';

/** What a path does with a client that has connected to it. */
export type Room = (client: WebSocket) => void;

// A client that does not read what it is sent: the echo stops listening to it, the chat lets it go.
const unreadBytes = 1024 * 1024;

/** Sends every message back as it came. */
export function echo(client: WebSocket): void {
  client.on('message', (data: RawData, binary) => {
    client.send(data, { binary }, () => client.bufferedAmount < unreadBytes && client.resume());
    if (client.bufferedAmount >= unreadBytes) client.pause();
  });
}

/** One room in which all hear all, and the room itself says every few seconds how many there are. */
export function createChat(intervalMs = 5000): Disposable & { join: Room } {
  const clients = new Set<WebSocket>();
  function tell(data: RawData | string, binary: boolean): void {
    for (const client of clients) {
      if (client.bufferedAmount >= unreadBytes) client.terminate();
      else client.send(data, { binary });
    }
  }
  const clock = setInterval(
    () => tell(JSON.stringify({ from: 'origin', at: new Date().toISOString(), clients: clients.size }), false),
    intervalMs,
  );
  return {
    join(client) {
      clients.add(client);
      client.on('message', (data: RawData, binary) => tell(data, binary));
      client.once('close', () => clients.delete(client));
    },
    [Symbol.dispose]: () => clearInterval(clock),
  };
}
