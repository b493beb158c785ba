import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export type KillingProxy = AsyncDisposable & {
  url: string;
  /** Counts protocol messages from now on, and calls `kill` at the n-th: before it is passed on. */
  arm(count: number, kill: () => Promise<void>): void;
};

/**
 * Stands between a client and nats-server and reads their protocol (a line, and a payload after PUB, HPUB, MSG and HMSG), so that
 * an end can be put to the client between any two messages, whoever sent them. What counts: all but PING, PONG and INFO.
 */
export async function startKillingProxy(targetPort: number): Promise<KillingProxy> {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  let kill = async () => {};

  /** Passes messages on, one after the other, until it is time. */
  async function relay(from: Socket, to: Socket): Promise<void> {
    let waiting: Buffer = Buffer.alloc(0);
    for await (const piece of from) {
      waiting = Buffer.concat([waiting, piece]);
      for (let size = sizeOf(waiting); size > 0 && size <= waiting.length; size = sizeOf(waiting)) {
        const message = waiting.subarray(0, size);
        waiting = waiting.subarray(size);
        if (counts(message) && --left === 0) await kill();
        if (!to.destroyed) to.write(message);
      }
    }
  }

  const listener = createServer((client) => {
    const server = connect(targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      relay(socket, other).catch(() => {}); // cut off, as it is meant to be
    }
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `nats://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    arm(count, end) {
      left = count;
      kill = end;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** The length of the first message with its payload; 0 while its line has not come. */
function sizeOf(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n');
  if (end < 0) return 0;
  const [verb = '', ...fields] = bytes.toString('latin1', 0, end).split(' ');
  const hasPayload = /^(H?PUB|H?MSG)$/i.test(verb);
  return end + 2 + (hasPayload ? Number(fields.at(-1)) + 2 : 0);
}

function counts(message: Buffer): boolean {
  return !/^(PING|PONG|INFO|\+OK)/i.test(message.toString('latin1', 0, 5));
}
