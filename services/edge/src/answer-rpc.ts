import {
  EdgeCloseRequest,
  EdgeCloseResponse,
  EdgeListRequest,
  EdgeListResponse,
} from '@longwire/contracts/edge/v1/connection';
import type { Logger } from '@longwire/service';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Carriers } from './carrier.ts';

export interface RpcContext {
  readonly edgeId: string;
  readonly carriers: Carriers;
  readonly log: Logger;
}

/** Answers what every edge is asked at once, on subjects edge.rpc.*, until the signal aborts. */
export async function answerRpc(nats: NatsConnection, context: RpcContext, signal: AbortSignal): Promise<void> {
  const subscription = nats.subscribe('edge.rpc.*');
  const stop = () => subscription.unsubscribe();
  signal.addEventListener('abort', stop);
  try {
    for await (const message of subscription) void answer(message, context);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function answer(message: Msg, context: RpcContext): Promise<void> {
  try {
    if (message.subject === 'edge.rpc.list') message.respond(await list(message.data, context));
    if (message.subject === 'edge.rpc.close') message.respond(await close(message.data, context));
  } catch (error) {
    // Whoever asks sees that this edge did not answer.
    context.log.error({ err: error, subject: message.subject }, 'request not answered');
  }
}

async function list(data: Uint8Array, { edgeId, carriers }: RpcContext): Promise<Uint8Array> {
  const { filter, limit } = EdgeListRequest.decode(data);
  if (!filter || !concerns(filter, edgeId))
    return EdgeListResponse.encode(EdgeListResponse.create({ edgeId })).finish();
  const answers = await carriers.ask({ name: 'list', filter, limit });
  const listed = answers.flatMap((each) => each.listed ?? []);
  const connections = listed
    .flatMap((each) => each.connections)
    .toSorted((one, other) => Number(one.openTime) - Number(other.openTime))
    .slice(0, limit)
    .map((connection) => ({ ...connection, edgeId }));
  const totalCount = BigInt(listed.reduce((sum, each) => sum + each.totalCount, 0));
  return EdgeListResponse.encode({ edgeId, connections, totalCount }).finish();
}

async function close(data: Uint8Array, { edgeId, carriers, log }: RpcContext): Promise<Uint8Array> {
  const { filter, code, reason, actor } = EdgeCloseRequest.decode(data);
  if (!filter || !concerns(filter, edgeId)) return EdgeCloseResponse.encode({ edgeId, closedCount: 0n }).finish();
  const answers = await carriers.ask({ name: 'close', filter, code, reason });
  const closed = answers.reduce((sum, each) => sum + (each.closed ?? 0), 0);
  log.info({ actor, domain: filter.domainName, code, closed }, 'connections closed on request');
  return EdgeCloseResponse.encode({ edgeId, closedCount: BigInt(closed) }).finish();
}

function concerns(filter: { edgeId: string }, edgeId: string): boolean {
  return filter.edgeId === '' || filter.edgeId === edgeId;
}
