import { append, type EventLog, handle, history, openEventLog, project } from '@longwire/eventlog';
import { freePort, type NatsServer, startNats } from '@longwire/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { collect, connectTo, counter, type CounterEvent, counters, incremented, metaOf } from './counter.ts';

type Cluster = AsyncDisposable & { servers: Map<string, NatsServer>; nc: NatsConnection; log: EventLog };

/** Three servers, and the event log COUNTERS with a replica on each. */
async function openCluster(): Promise<Cluster> {
  const stack = new AsyncDisposableStack();
  const ports = [await freePort(), await freePort(), await freePort()];
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  const servers = new Map<string, NatsServer>();
  for (const [index, port] of ports.entries()) {
    const name = `n${index + 1}`;
    const cluster = `cluster { name: longwire, listen: "127.0.0.1:${port}", routes: [${routes}] }`;
    servers.set(name, stack.use(await startNats({ config: `server_name: ${name}\n${cluster}` })));
  }
  const nc = await connectTo([...servers.values()].map(({ url }) => url));
  stack.defer(() => nc.close());
  const log = await openEventLog(nc, { ...counters, replicas: 3 }, { budgetMs: 60_000 });
  return { servers, nc, log, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a decision that a replicated stream refused once is stored when it is made again on what came first', async () => {
  await using cluster = await openCluster();
  const decide = (commandId: string, expectedSequence: number) =>
    append(cluster.log, 'counter.a', [incremented(1)], { expectedSequence, meta: metaOf(commandId) });
  const [first, second] = await Promise.allSettled([decide('left', 0), decide('right', 0)]);
  expect([first.status, second.status].toSorted()).toEqual(['fulfilled', 'rejected']);
  const refused = first.status === 'rejected' ? 'left' : 'right';
  expect(await decide(refused, 1)).toEqual({ sequence: 2, duplicate: false });
});

test('of two decisions on different subjects that rest on the whole of a replicated stream, one is stored', async () => {
  await using cluster = await openCluster();
  for (let round = 0; round < 20; round++) {
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((name) =>
        append(cluster.log, `counter.${name}${round}`, [incremented(1)], {
          expectedSequence: 0,
          expectedStreamSequence: round,
          meta: metaOf(name),
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  }
});

test(
  'killing the leader of three while two writers write loses and doubles nothing',
  { timeout: 120_000 },
  async () => {
    await using cluster = await openCluster();
    const { servers, log } = cluster;
    const folded: number[] = [];
    const projection = project<CounterEvent>(log, ({ sequence }) => void folded.push(sequence));
    const stopping = new AbortController();
    const running = projection.run(stopping.signal);

    const middle = Promise.withResolvers<void>();
    const write = async (writer: string) => {
      for (let i = 0; i < 60; i++) {
        await handle(log, 'counter.a', counter, { by: 1 }, { meta: metaOf(`${writer}-${i}`) });
        if (i === 20) middle.resolve();
      }
    };
    const killLeader = async () => {
      await middle.promise;
      const info = await log.jsm.streams.info(counters.name);
      await servers.get(info.cluster?.leader ?? '')?.kill();
    };
    await Promise.all([write('left'), write('right'), killLeader()]);

    const decisions = await collect(history<CounterEvent>(log, 'counter.a'));
    expect(decisions).toHaveLength(120);
    expect(new Set(decisions.map(({ meta }) => meta.commandId)).size).toBe(120);
    await projection.catchUp(30_000);
    expect(folded).toEqual(decisions.map(({ sequence }) => sequence));
    stopping.abort();
    await running;
  },
);
