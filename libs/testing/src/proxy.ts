import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Proxy = AsyncDisposable & {
  url: string;
  /** Drops the next piece from the server that holds `text`, and resolves when that has happened. */
  swallow(text: string): Promise<void>;
  /** Resolves when the next piece from the server that holds `text` has gone through. */
  passed(text: string): Promise<void>;
  /** Calls `act` after the n-th piece from now on with which the client asks something, before the answer can arrive. */
  onRequest(asks: RegExp, n: number, act: () => void): void;
  /** Puts `to` in the place of `from` in everything the server says from now on. */
  rewrite(from: string, to: string): void;
};

/** A wire to a nats-server that loses and changes what it is told to, and on which its client may be ended at a chosen step. */
export async function startProxy(targetPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const watches: { text: string; keep: boolean; seen: () => void }[] = [];
  let fromClient: (piece: Buffer) => void = () => {};
  const changes: [from: string, to: string][] = [];

  function fromServer(piece: Buffer): Buffer | string | undefined {
    const index = watches.findIndex(({ text }) => piece.includes(text));
    const [watch] = index < 0 ? [] : watches.splice(index, 1);
    watch?.seen();
    if (watch?.keep === false) return undefined;
    return changes.length === 0
      ? piece
      : changes.reduce((text, [from, to]) => text.replaceAll(from, to), piece.toString());
  }

  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === client ? server : client).end(); // what was said before still arrives
      });
    }
    client.on('data', (piece: Buffer) => {
      server.write(piece);
      fromClient(piece);
    });
    server.on('data', (piece: Buffer) => {
      const kept = fromServer(piece);
      if (kept !== undefined) client.write(kept);
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `nats://127.0.0.1:${address.port}`,
    swallow: (text) => new Promise((seen) => void watches.push({ text, keep: false, seen })),
    passed: (text) => new Promise((seen) => void watches.push({ text, keep: true, seen })),
    onRequest(asks, n, act) {
      let asked = 0;
      fromClient = (piece) => void (asks.test(piece.toString('latin1')) && ++asked === n && act());
    },
    rewrite: (from, to) => void changes.push([from, to]),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
