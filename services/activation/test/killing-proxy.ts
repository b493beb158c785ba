import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

export type KillingProxy = AsyncDisposable & {
  url: string;
  /**
   * Counts what is asked of the log and the buckets from now on; lets the n-th question through, and calls `kill` before its
   * answer can arrive.
   */
  killAt(n: number, kill: () => void): void;
};

/** What handling a command asks: its subject's history, its decision, contacts and codes. Consumers ask by themselves. */
const question = /(?:^|\n)H?PUB (?:\$JS\.API\.STREAM\.MSG\.GET\.|activation\.|\$KV\.)/;

/** A wire to nats-server on which the process at its end dies at a chosen step. */
export async function startKillingProxy(targetPort: number): Promise<KillingProxy> {
  const sockets = new Set<Socket>();
  let asked = 0;
  let atQuestion: (count: number) => void = () => {};

  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === client ? server : client).end();
      });
    }
    client.on('data', (piece) => {
      server.write(piece);
      if (question.test(piece.toString('latin1'))) atQuestion(++asked);
    });
    server.on('data', (piece) => client.write(piece));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  return {
    url: `nats://127.0.0.1:${address.port}`,
    killAt(n, kill) {
      asked = 0;
      atQuestion = (count) => count === n && kill();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
