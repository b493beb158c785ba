import { callerOf } from '@longwire/auth';
import type { Caller, Policy } from '@longwire/auth';
import { DomainError } from '@longwire/contracts';
import type { Handlers } from '@longwire/contracts';
import {
  EdgeCloseRequest,
  EdgeCloseResponse,
  EdgeListRequest,
  EdgeListResponse,
} from '@longwire/contracts/edge/v1/connection';
import { EdgeServiceService } from '@longwire/contracts/edge/v1/edge_service';
import { parseRequest } from '@longwire/service';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import * as requests from './edge-requests.ts';
import { gather, isSilent, readStatuses } from './edges.ts';

const rpcs = EdgeServiceService;

export const edgePolicy: Policy = {
  [rpcs.listEdges.path]: ['operator'],
  [rpcs.listConnections.path]: ['customer', 'operator'],
  [rpcs.closeConnections.path]: ['customer', 'operator'],
};

export function edgeHandlers(nats: NatsConnection, edgeStatus: KV): Handlers<typeof EdgeServiceService> {
  /** The edges from whom an answer is due. */
  async function expected({ edgeId }: { edgeId: string }): Promise<string[]> {
    const now = new Date();
    const heard = (await readStatuses(edgeStatus)).filter((status) => !isSilent(status, now));
    return heard.map((status) => status.edgeId).filter((id) => edgeId === '' || id === edgeId);
  }

  return {
    async listEdges() {
      const now = new Date();
      const statuses = await readStatuses(edgeStatus);
      return { edges: statuses.map((status) => ({ status, silent: isSilent(status, now) })) };
    },

    async listConnections(message, { metadata }) {
      const { filter: wanted, limit } = parseRequest(requests.listConnections, message);
      const filter = ofOwnAccount(wanted, callerOf(metadata));
      const request = EdgeListRequest.encode({ filter, limit }).finish();
      const edges = await expected(filter);
      const { answers, silentEdgeIds } = await gather(nats, 'edge.rpc.list', request, edges, (data) =>
        EdgeListResponse.decode(data),
      );
      const oldestFirst = answers
        .flatMap(({ connections }) => connections)
        .toSorted((one, other) => Number(one.openTime) - Number(other.openTime));
      return {
        connections: oldestFirst.slice(0, limit),
        totalCount: answers.reduce((sum, { totalCount }) => sum + totalCount, 0n),
        silentEdgeIds,
        readTime: new Date(),
      };
    },

    async closeConnections(message, { metadata }) {
      const caller = callerOf(metadata);
      const { filter: wanted, code, reason } = parseRequest(requests.closeConnections, message);
      const filter = ofOwnAccount(wanted, caller);
      const request = EdgeCloseRequest.encode({ filter, code, reason, actor: caller.subject }).finish();
      const edges = await expected(filter);
      const { answers, silentEdgeIds } = await gather(nats, 'edge.rpc.close', request, edges, (data) =>
        EdgeCloseResponse.decode(data),
      );
      return { edges: answers.toSorted((one, other) => (one.edgeId < other.edgeId ? -1 : 1)), silentEdgeIds };
    },
  };
}

/** Connections are clients of a customer: only that customer and operators may see them, or end them. */
function ofOwnAccount<Filter extends { accountId: string }>(filter: Filter, caller: Caller): Filter {
  if (caller.roles.includes('operator')) return filter;
  const { account } = caller;
  if (!account || (filter.accountId !== '' && filter.accountId !== account))
    throw new DomainError('PERMISSION_DENIED', 'OTHER_ACCOUNT', 'name your own account, or none');
  return { ...filter, accountId: account };
}
