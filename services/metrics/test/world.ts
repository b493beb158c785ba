import { createClient as createClickHouseClient } from '@clickhouse/client';
import { createClient } from '@longwire/contracts';
import { SampleBatch } from '@longwire/contracts/edge/v1/samples';
import type { DomainSecond } from '@longwire/contracts/edge/v1/samples';
import { MetricsServiceService } from '@longwire/contracts/metrics/v1/metrics_service';
import { createLogger } from '@longwire/service';
import { startIssuer } from '@longwire/testing';
import type { NatsServer, TestIssuer } from '@longwire/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { start } from '../src/service.ts';

export const waiting = { timeout: 20_000, interval: 100 };
export type World = Awaited<ReturnType<typeof startWorld>>;

/** The real service between a nats-server and a ClickHouse, with a client and an edge's connection. */
export async function startWorld(nats: NatsServer, clickhouseUrl: string) {
  await using stack = new AsyncDisposableStack();
  const issuer = stack.use(await startIssuer());
  const environment = environmentOf(issuer, nats.url, clickhouseUrl);
  const service = stack.use(await start(readConfig(environment), createLogger('metrics', 'fatal')));
  const client = createClient(MetricsServiceService, service.grpcAddress);
  stack.defer(() => client[Symbol.dispose]());
  const publisher = stack.use(await connectPublisher(nats));
  const direct = createClickHouseClient({ url: clickhouseUrl });
  stack.defer(() => direct.close());
  const admin = async (path: string) => (await fetch(`http://${service.adminAddress}${path}`)).text();
  const customer = (account: string) => issuer.token({ roles: ['customer'], account });
  const consumer = () => publisher.jsm.consumers.info('SAMPLES', 'metrics');
  const running = stack.move();
  return {
    ...publisher,
    issuer,
    customer,
    client,
    query: async (request: Parameters<typeof client.queryBandwidth>[0]) =>
      client.queryBandwidth(request, { token: await customer('acc-1') }),
    command: (query: string) => direct.command({ query }),
    async rows<Row>(query: string) {
      return (await direct.query({ query, format: 'JSONEachRow' })).json<Row>();
    },
    ready: () => admin('/readyz'),
    async figure(name: string) {
      const line = (await admin('/metrics')).split('\n').find((text) => text.startsWith(`${name} `));
      return Number(line?.split(' ')[1]);
    },
    async unacknowledged() {
      const { num_pending: waits, num_ack_pending: delivered } = await consumer();
      return waits + delivered;
    },
    /** Resolves when every message of the stream is acknowledged. */
    async drained() {
      const { state } = await publisher.jsm.streams.info('SAMPLES');
      await vi.waitFor(async () => expect((await consumer()).ack_floor.stream_seq).toBe(state.last_seq), {
        timeout: 50_000,
        interval: 50,
      });
    },
    async deadLetters() {
      return Object.keys(
        (await publisher.jsm.streams.info('DEADLETTERS', { subjects_filter: '>' })).state.subjects ?? {},
      );
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** What edges are to the service: somebody who writes samples to the stream. */
export async function connectPublisher(nats: NatsServer) {
  const nc = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  const js = jetstream(nc);
  const publishRaw = (edgeId: string, data: Uint8Array) => js.publish(`samples.${edgeId}`, data);
  return {
    jsm: await jetstreamManager(nc),
    publishRaw,
    publish: (edgeId: string, sequence: bigint, seconds: DomainSecond[]) =>
      publishRaw(edgeId, SampleBatch.encode({ edgeId, bootId: 'boot-1', sequence, seconds }).finish()),
    [Symbol.asyncDispose]: () => nc.close(),
  };
}

/** What the service reads its configuration from. */
export function environmentOf(issuer: TestIssuer, natsUrl: string, clickhouseUrl: string) {
  return {
    ...issuer.env,
    NATS_URL: natsUrl,
    CLICKHOUSE_URL: clickhouseUrl,
    ADMIN_LISTEN: '127.0.0.1:0',
    GRPC_LISTEN: '127.0.0.1:0',
  };
}
