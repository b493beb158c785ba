import { startNats, type NatsOptions, type NatsServer } from '@longwire/testing';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { type Aggregate, type EventLog, type Meta, openEventLog } from '@longwire/eventlog';

export type CounterEvent = { type: 'Incremented'; by: number };
export type CounterCommand = { by: number };

/** Counts; incrementing by 0 decides nothing. */
export const counter: Aggregate<number, CounterCommand, CounterEvent> = {
  initial: 0,
  evolve: (count, event) => count + event.by,
  decide: ({ by }) => (by === 0 ? [] : [{ type: 'Incremented', by }]),
};

export const incremented = (by: number): CounterEvent => ({ type: 'Incremented', by });

export const metaOf = (commandId: string): Meta => ({
  commandId,
  actor: 'test',
  time: new Date('2026-11-22T08:00:00.000Z'),
});

/** A connection that comes back as soon as the server does. */
export function connectTo(url: string | string[], options: ConnectionOptions = {}): Promise<NatsConnection> {
  return connect({ servers: url, reconnectTimeWait: 20, reconnectJitter: 0, maxReconnectAttempts: -1, ...options });
}

export const counters = { name: 'COUNTERS', subjects: ['counter.>'] };

export type Bench = AsyncDisposable & { server: NatsServer; nc: NatsConnection; log: EventLog };

/** A real server, a connection and the event log COUNTERS. */
export async function openBench(options: NatsOptions = {}): Promise<Bench> {
  const server = await startNats(options);
  const nc = await connectTo(server.url);
  const log = await openEventLog(nc, counters);
  return {
    server,
    nc,
    log,
    async [Symbol.asyncDispose]() {
      await nc.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
