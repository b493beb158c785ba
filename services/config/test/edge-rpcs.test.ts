import { createClient, DomainError } from '@longwire/contracts';
import type { PromiseClient } from '@longwire/contracts';
import { ConnectionFilter } from '@longwire/contracts/edge/v1/connection';
import { EdgeStatus } from '@longwire/contracts/edge/v1/edge_status';
import { EdgeServiceService } from '@longwire/contracts/edge/v1/edge_service';
import { ensureBucket } from '@longwire/eventlog';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

// What EdgeService says while there is no edge: who may ask, and what may be asked. What edges answer is tested with edges.

type Edges = PromiseClient<typeof EdgeServiceService>;
type Rpc = keyof typeof EdgeServiceService;

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(() => world[Symbol.asyncDispose]());

async function edgesAs(claims: { roles: string[]; account?: string } | undefined): Promise<Edges> {
  const token = claims && (await world.issuer.token(claims));
  return createClient(EdgeServiceService, world.service.grpcAddress, token ? { token: () => token } : {});
}

const filter = (given: Partial<ConnectionFilter>) =>
  ConnectionFilter.create({ accountId: 'acme', domainName: 'a.acme.test', ...given });
const calls: Record<Rpc, (edges: Edges) => Promise<unknown>> = {
  listEdges: (edges) => edges.listEdges({}),
  listConnections: (edges) => edges.listConnections({ filter: filter({}) }),
  closeConnections: (edges) => edges.closeConnections({ filter: filter({}) }),
};

const callers = {
  'of the account': { roles: ['customer'], account: 'acme' },
  'of another account': { roles: ['customer'], account: 'globex' },
  'without an account': { roles: ['customer'] },
  'who reviews': { roles: ['reviewer'] },
  'who operates': { roles: ['operator'] },
  'who is unknown': undefined,
};
const own = { 'of the account': 'OK', 'who operates': 'OK', 'who is unknown': 'UNAUTHENTICATED' };
const allowed: Record<Rpc, Record<string, string>> = {
  listEdges: { 'who operates': 'OK', 'who is unknown': 'UNAUTHENTICATED' },
  listConnections: own,
  closeConnections: own,
};
const cells = (Object.keys(calls) as Rpc[]).flatMap((rpc) =>
  Object.entries(callers).map(([caller, claims]) => {
    const outcome = allowed[rpc][caller] ?? 'PERMISSION_DENIED';
    return { rpc, caller, claims, outcome };
  }),
);

test.each(cells)('$rpc by somebody $caller: $outcome', async ({ rpc, claims, outcome }) => {
  using edges = await edgesAs(claims);
  const seen = await calls[rpc](edges).then(
    () => 'OK',
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );
  expect(seen).toBe(outcome);
});

test('what is no report hides no other edge', async () => {
  const bucket = await ensureBucket(world.connection, 'edge-status');
  await bucket.put('edge-mad', 'no report');
  const status = EdgeStatus.create({ edgeId: 'edge-1', reportTime: new Date() });
  await bucket.put('edge-1', JSON.stringify(EdgeStatus.toJSON(status)));
  using edges = await edgesAs(callers['who operates']);
  expect((await edges.listEdges({})).edges).toMatchObject([{ status: { edgeId: 'edge-1' }, silent: false }]);
  const { silentEdgeIds } = await edges.closeConnections({ filter: filter({}) });
  expect(silentEdgeIds).toEqual(['edge-1']);
});

const wrong = filter({
  accountId: 'a'.repeat(41),
  domainName: 'co.uk',
  edgeId: 'a b',
  connectionIds: [''],
  clientAddress: 'nowhere',
  minAge: { seconds: -1n, nanos: 0 },
  minIdle: { seconds: 0n, nanos: -1 },
});
const wrongFields = [
  'filter.account_id',
  'filter.domain_name',
  'filter.edge_id',
  'filter.connection_ids[0]',
  'filter.client_address',
  'filter.min_age.seconds',
  'filter.min_idle.nanos',
];

test.each([
  {
    rpc: 'listConnections',
    call: (edges: Edges) => edges.listConnections({ filter: wrong, limit: -1 }),
    fields: [...wrongFields, 'limit'],
  },
  {
    rpc: 'closeConnections',
    call: (edges: Edges) => edges.closeConnections({ filter: wrong, code: 1006, reason: 'x'.repeat(124) }),
    fields: [...wrongFields, 'code', 'reason'],
  },
])('every bad field of $rpc is named at once', async ({ call, fields }) => {
  using edges = await edgesAs(callers['who operates']);
  const error = await call(edges).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const named = error instanceof DomainError ? (error.details.fieldViolations ?? []) : [];
  expect(new Set(named.map(({ field }) => field))).toEqual(new Set(fields));
});
