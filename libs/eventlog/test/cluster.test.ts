import { once } from 'node:events';
import { createServer } from 'node:net';
import { append, handle, history, load, openEventLog, project } from '@longwire/eventlog';
import { type NatsServer, startNats } from '@longwire/testing';
import { expect, test } from 'vitest';
import { collect, connectTo, counter, type CounterEvent, counters, incremented, metaOf } from './counter.ts';

async function freePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(listeners.map((listener) => once(listener, 'listening')));
  const ports = listeners.map((listener) => {
    const address = listener.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(listeners.map((listener) => once(listener.close(), 'close')));
  return ports;
}

async function startCluster(stack: AsyncDisposableStack): Promise<Map<string, NatsServer>> {
  const ports = await freePorts(3);
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  const servers = new Map<string, NatsServer>();
  for (const [index, port] of ports.entries()) {
    const name = `n${index + 1}`;
    const cluster = `cluster { name: longwire, listen: "127.0.0.1:${port}", routes: [${routes}] }`;
    servers.set(name, stack.use(await startNats({ config: `server_name: ${name}\n${cluster}` })));
  }
  return servers;
}

test(
  'killing the leader of three while two writers write loses and doubles nothing',
  { timeout: 120_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const servers = await startCluster(stack);
    const urls = [...servers.values()].map(({ url }) => url);
    const nc = await connectTo(urls);
    stack.defer(() => nc.close());
    const log = await openEventLog(nc, { ...counters, replicas: 3 }, { budgetMs: 60_000 });

    const folded: number[] = [];
    const projection = project<CounterEvent>(log, ({ sequence }) => void folded.push(sequence));
    const stopping = new AbortController();
    const running = projection.run(stopping.signal);

    let last = 0;
    let halfway: () => void = () => {};
    const middle = new Promise<void>((resolve) => (halfway = resolve));
    const write = async (writer: string) => {
      for (let i = 0; i < 60; i++) {
        const { sequence } = await handle(log, 'counter.a', counter, { by: 1 }, { meta: metaOf(`${writer}-${i}`) });
        last = Math.max(last, sequence);
        if (i === 20) halfway();
      }
    };
    const writing = Promise.all([write('left'), write('right')]);
    await middle;
    const { cluster } = await log.jsm.streams.info(counters.name);
    await servers.get(cluster?.leader ?? '')?.kill();
    await writing;

    expect(await load(log, 'counter.a', counter)).toMatchObject({ state: 120, sequence: last });
    const ids = (await collect(history<CounterEvent>(log, 'counter.a'))).map(({ meta }) => meta.commandId);
    expect(new Set(ids).size).toBe(120);
    await projection.reached(last, 30_000);
    expect(folded).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    stopping.abort();
    await running;
  },
);
