import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type Balancer = AsyncDisposable & {
  /** Sends clients to this port of 127.0.0.1 whenever `ready` answers 200; resolves when it has answered so once. */
  add(port: number, ready: string): Promise<void>;
};

const CHECK_MS = 50;

/** A load balancer as it stands before edges: of TCP, with health checks, and without a second try. */
export async function startBalancer(port: number): Promise<Balancer> {
  const ready = new Set<number>();
  const stopping = new AbortController();
  let next = 0;
  const server = createServer((client) => {
    const target = [...ready][next++ % ready.size];
    if (target === undefined) {
      client.resetAndDestroy();
      return;
    }
    const edge = connect(target, '127.0.0.1');
    client.pipe(edge).pipe(client);
    client.on('error', () => edge.destroy());
    edge.on('error', () => client.resetAndDestroy());
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');

  async function check(target: number, url: string): Promise<void> {
    const isReady = await fetch(url).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (isReady) ready.add(target);
    else ready.delete(target);
  }

  async function keepChecking(target: number, url: string): Promise<void> {
    while (!stopping.signal.aborted) {
      await check(target, url);
      await sleep(CHECK_MS);
    }
  }

  return {
    async add(target, url) {
      void keepChecking(target, url);
      while (!ready.has(target)) await sleep(CHECK_MS);
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      server.close();
    },
  };
}
