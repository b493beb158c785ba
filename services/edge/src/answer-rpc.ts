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
    const response = await responseTo(message, context);
    if (response) message.respond(response);
  } catch (error) {
    // Whoever asks sees that this edge did not answer.
    context.log.error({ err: error, subject: message.subject }, 'request not answered');
  }
}

/** Undefined when it is about another edge: this one has no part in the answer. */
async function responseTo({ subject, data }: Msg, context: RpcContext): Promise<Uint8Array | undefined> {
  switch (subject) {
    case 'edge.rpc.list':
      return list(EdgeListRequest.decode(data), context);
    case 'edge.rpc.close':
      return close(EdgeCloseRequest.decode(data), context);
    default:
      return undefined;
  }
}

async function list({ filter, limit }: EdgeListRequest, context: RpcContext): Promise<Uint8Array | undefined> {
  const { edgeId, carriers } = context;
  if (!filter || !concerns(filter, edgeId)) return undefined;
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

async function close(request: EdgeCloseRequest, context: RpcContext): Promise<Uint8Array | undefined> {
  const { filter, code, reason, actor } = request;
  const { edgeId, carriers, log } = context;
  if (!filter || !concerns(filter, edgeId)) return undefined;
  const answers = await carriers.ask({ name: 'close', filter, code, reason });
  const closed = answers.reduce((sum, each) => sum + (each.closed ?? 0), 0);
  log.info({ actor, domain: filter.domainName, code, closed }, 'connections closed on request');
  return EdgeCloseResponse.encode({ edgeId, closedCount: BigInt(closed) }).finish();
}

function concerns(filter: { edgeId: string }, edgeId: string): boolean {
  return filter.edgeId === '' || filter.edgeId === edgeId;
}
