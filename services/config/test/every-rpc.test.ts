import { randomUUID } from 'node:crypto';
import { createClient, DomainError } from '@longwire/contracts';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { challengeOf } from '../src/ownership.ts';
import { changes, freshName, rpcs, typesOf } from './rpcs.ts';
import type { Rpc, Target } from './rpcs.ts';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  for (const account of ['acme', 'globex']) await world.activate(account);
});

afterAll(() => world[Symbol.asyncDispose]());

const accountId = 'acme';

/** A domain that each RPC has something to do with. */
async function target(rpc: Rpc): Promise<Target> {
  const domainName = freshName();
  const domains = await world.customer(accountId);
  const { domain } = await domains.addDomain({ domainName, origins: [origin] });
  const version = domain!.version;
  if (rpc === 'verifyOwnership') {
    const { name, value } = challengeOf(domainName, accountId);
    world.dns.records.set(name, [value]);
  }
  if (rpc === 'confirmOwnership' || rpc === 'verifyOwnership') return { domainName, accountId, version };
  await (await world.client('reviewer')).confirmOwnership({ domainName });
  if (rpc === 'disableWebSocket') await domains.enableWebSocket({ domainName });
  if (rpc === 'restoreVersion') await domains.setIcpNumber({ domainName, icpNumber: '京ICP备12345678号' });
  return { domainName, accountId, version };
}

const allRpcs = Object.keys(rpcs) as Rpc[];
const allChanges = Object.keys(changes) as (keyof typeof changes)[];

describe('who may call what', () => {
  type Outcome = 'OK' | 'NOT_FOUND' | 'PERMISSION_DENIED' | 'UNAUTHENTICATED';
  const mine = 'of the account';
  const read = { [mine]: 'OK', reviewer: 'OK', operator: 'OK', other: 'NOT_FOUND' } as const;
  const list = { ...read, other: 'PERMISSION_DENIED' } as const;
  const write = { ...read, reviewer: 'PERMISSION_DENIED' } as const;
  const judge = {
    [mine]: 'PERMISSION_DENIED',
    reviewer: 'OK',
    operator: 'PERMISSION_DENIED',
    other: 'PERMISSION_DENIED',
  } as const;
  const table: Record<Rpc, Record<typeof mine | 'reviewer' | 'operator' | 'other', Outcome>> = {
    addDomain: { ...write, other: 'PERMISSION_DENIED' },
    removeDomain: write,
    getDomain: read,
    listDomains: list,
    verifyOwnership: write,
    confirmOwnership: judge,
    setOrigins: write,
    setIcpNumber: write,
    setHttp2: write,
    enableWebSocket: write,
    disableWebSocket: write,
    updateWebSocketSettings: write,
    declareHeartbeats: write,
    updateEdgePolicy: write,
    listHistory: read,
    getDomainVersion: read,
    compareVersions: read,
    restoreVersion: write,
    getRollout: read,
    watch: list,
  };
  const callers = {
    [mine]: () => world.customer('acme'),
    other: () => world.customer('globex'),
    reviewer: () => world.client('reviewer'),
    operator: () => world.client('operator'),
    'without an account': () => world.client('customer'),
    unknown: async () => createClient(DomainServiceService, world.service.grpcAddress),
  };

  const cells = allRpcs.flatMap((rpc) =>
    Object.keys(callers).map((caller) => {
      const named = { ...table[rpc], 'without an account': table[rpc].other, unknown: 'UNAUTHENTICATED' };
      return { rpc, caller: caller as keyof typeof callers, outcome: named[caller as keyof typeof callers] };
    }),
  );

  test.each(cells)('$rpc by a caller $caller: $outcome', async ({ rpc, caller, outcome }) => {
    const domain = await target(rpc);
    using domains = await callers[caller]();
    const call = rpcs[rpc](domains, { domainName: domain.domainName, etag: '', requestId: '' }, domain);
    const seen = await call.then(
      () => 'OK',
      (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
    );
    expect(seen).toBe(outcome);
  });
});

describe('a change that is sent again', () => {
  test.each(allChanges)('%s with the same request id changes nothing, whatever etag it carries', async (rpc) => {
    const domain = await target(rpc);
    const requestId = randomUUID();
    using domains = await world.client(rpc === 'confirmOwnership' ? 'reviewer' : 'operator');
    const request = { domainName: domain.domainName, etag: '', requestId };
    await changes[rpc](domains, request, domain);
    const before = await historyOf(domain.domainName);
    world.dns.records.clear(); // what was found then need not be there now
    await changes[rpc](domains, { ...request, etag: '1' }, domain);
    expect(await historyOf(domain.domainName)).toEqual(before);
    expect(before === undefined).toBe(rpc === 'removeDomain');
  });

  test('AddDomain is a repeat as well, and not a second domain', async () => {
    using domains = await world.customer('acme');
    const request = { domainName: freshName(), origins: [origin], requestId: randomUUID() };
    const { domain } = await domains.addDomain(request);
    expect((await domains.addDomain(request)).domain).toEqual(domain);
  });

  /** Undefined once it is removed. */
  async function historyOf(domainName: string) {
    using reader = await world.client('reviewer');
    return await reader.listHistory({ domainName }).then(
      ({ entries }) => typesOf(entries),
      () => undefined,
    );
  }
});

describe('a change on an older state', () => {
  test.each(allChanges)('%s with a stale etag is ABORTED, and changes nothing', async (rpc) => {
    const domain = await target(rpc);
    using domains = await world.client(rpc === 'confirmOwnership' ? 'reviewer' : 'operator');
    using reader = await world.client('reviewer');
    const before = await reader.getDomain({ domainName: domain.domainName });
    const request = { domainName: domain.domainName, etag: '1', requestId: randomUUID() };
    await expect(changes[rpc](domains, request, domain)).rejects.toMatchObject({
      code: 'ABORTED',
      reason: 'ETAG_MISMATCH',
      details: { metadata: { etag: before.domain?.etag } },
    });
    expect(await reader.getDomain({ domainName: domain.domainName })).toEqual(before);
  });
});
