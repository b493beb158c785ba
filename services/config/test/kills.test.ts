import { randomUUID } from 'node:crypto';
import { createClient, DomainError } from '@longwire/contracts';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { append, ensureBucket, history, openEventLog } from '@longwire/eventlog';
import type { EventLog } from '@longwire/eventlog';
import { startIssuer, startNats } from '@longwire/testing';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { domainConfig } from '../src/domain-config.ts';
import type { DomainEvent } from '../src/domain-state.ts';
import { foldDomain } from '../src/read-model.ts';
import type { DomainView } from '../src/read-model.ts';
import { startKillingProxy } from './killing-proxy.ts';
import type { KillingProxy } from './killing-proxy.ts';
import { startServiceProcess } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';
import { origin } from './world.ts';

// A real service, killed between any two messages that it exchanges with a real nats-server while it carries out a command.

const stack = new AsyncDisposableStack();
let proxy: KillingProxy;
let log: EventLog;
let activation: EventLog;
const lastSequences = new Map<string, number>();
let env: Record<string, string>;
let token: string;
let service: ServiceProcess;
let bucket: Awaited<ReturnType<typeof ensureBucket>>;

beforeAll(async () => {
  const nats = stack.use(await startNats());
  proxy = stack.use(await startKillingProxy(nats.port));
  const issuer = stack.use(await startIssuer());
  const connection = await connect({ servers: nats.url });
  stack.defer(() => connection.close());
  activation = await openEventLog(connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  for (const account of ['acme', 'globex'])
    for (const type of ['AccountCreated', 'ApplicationApproved']) await decideOn(account, { type });
  log = await openEventLog(connection, { name: 'CONFIG', subjects: ['config.>'] });
  bucket = await ensureBucket(connection, 'edge-config');
  env = { NATS_URL: proxy.url, ...issuer.env };
  token = await issuer.token({ roles: ['customer', 'reviewer', 'operator'], account: 'acme' });
  service = await startServiceProcess(env);
  await service.ready();
}, 60_000);

afterAll(async () => {
  await service.kill();
  await stack.disposeAsync();
});

test('killed between any two messages of a command, nothing acknowledged is lost, nothing happens twice, and edges get the fold of the log', async () => {
  const answers: string[] = [];
  const lost: string[] = [];
  for (let step = 1; ; step++) {
    const domainName = `k${step}.acme.test`;
    const requestId = randomUUID();
    await addOwned(domainName);
    let isKilled = false;
    proxy.arm(step, () => {
      isKilled = true;
      return service.kill();
    });
    const enabling = await attempt(domainName, requestId);
    // The bucket is written beside the answer: its steps are steps like the others.
    if (enabling === 'OK') await settled(domainName, 'WebSocketEnabled', () => isKilled);
    proxy.arm(Number.POSITIVE_INFINITY, async () => {});
    if (!isKilled) break; // one step too many: the command was over before
    answers.push(enabling);
    await service.kill();
    service = await startServiceProcess(env);
    expect(await service.ready()).toBe(true);
    // What was acknowledged is there before the command comes again.
    if (enabling === 'OK' && !(await typesOf(domainName)).includes('WebSocketEnabled')) lost.push(domainName);
    expect(await attempt(domainName, requestId)).toBe('OK');
    expect((await typesOf(domainName)).filter((type) => type === 'WebSocketEnabled')).toHaveLength(1);
    await bucketEqualsLog();
  }
  expect(lost).toEqual([]);
  expect(answers).toContain('UNAVAILABLE');
  expect(answers.length).toBeGreaterThanOrEqual(5);
}, 180_000);

test('killed between any two messages while a domain follows its account, it follows each decision exactly once', async () => {
  const domainName = 'follower.acme.test';
  await addOwned(domainName, 'globex');
  let kills = 0;
  for (let step = 1; ; step++) {
    const isSuspended = step % 2 === 1;
    let isKilled = false;
    proxy.arm(step, () => {
      isKilled = true;
      return service.kill();
    });
    await decideOn(
      'globex',
      isSuspended ? { type: 'EntitlementSuspended', reason: 'unpaid' } : { type: 'EntitlementReinstated' },
    );
    await followed(domainName, isSuspended, () => isKilled);
    proxy.arm(Number.POSITIVE_INFINITY, async () => {});
    if (!isKilled) break;
    kills++;
    await service.kill();
    service = await startServiceProcess(env);
    expect(await service.ready()).toBe(true);
    await followed(domainName, isSuspended);
    const types = await typesOf(domainName);
    expect(types.filter((type) => /Suspended|Resumed/.test(type))).toHaveLength(step);
    await bucketEqualsLog();
  }
  expect(kills).toBeGreaterThanOrEqual(3);
}, 180_000);

async function decideOn(accountId: string, event: { type: string; reason?: string }): Promise<void> {
  const meta = { commandId: randomUUID(), actor: 'test', time: new Date() };
  const expectedSequence = lastSequences.get(accountId) ?? 0;
  const appended = await append(activation, `activation.account.${accountId}`, [event], { expectedSequence, meta });
  lastSequences.set(accountId, appended.sequence);
}

/** Waits until edges are told of the suspension or its end, or that is not to be waited for any more. */
async function followed(domainName: string, suspended: boolean, isOver = () => false): Promise<void> {
  await vi.waitFor(async () => {
    if (isOver()) return;
    const stored = await bucket.get(domainName.replaceAll('.', '_'));
    expect(DomainConfig.fromJSON(stored?.json()).suspended).toBe(suspended);
  }, 10_000);
}

async function addOwned(domainName: string, accountId = 'acme'): Promise<void> {
  using domains = createClient(DomainServiceService, service.grpcAddress, { token: () => token });
  await domains.addDomain({ accountId, domainName, origins: [origin] });
  await domains.confirmOwnership({ domainName });
  await settled(domainName, 'OwnershipConfirmed');
}

/** Enables WebSocket, once; the code of what went wrong. */
async function attempt(domainName: string, requestId: string): Promise<string> {
  using domains = createClient(DomainServiceService, service.grpcAddress, { token: () => token });
  return await domains.enableWebSocket({ domainName, requestId }).then(
    () => 'OK',
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );
}

async function eventsOf(domainName: string) {
  const recorded = [];
  for await (const decision of history<DomainEvent>(log, `config.domain.${domainName.replaceAll('.', '_')}`))
    recorded.push(decision);
  return recorded;
}

async function typesOf(domainName: string): Promise<string[]> {
  return (await eventsOf(domainName)).flatMap(({ events }) => events.map(({ type }) => type));
}

/** Waits until edges are told of what this event made of a domain, or that is not to be waited for any more. */
async function settled(domainName: string, type: string, isOver = () => false): Promise<void> {
  const decision = (await eventsOf(domainName)).find(({ events }) => events.some((event) => event.type === type));
  await vi.waitFor(async () => {
    if (isOver()) return;
    const stored = await bucket.get(domainName.replaceAll('.', '_'));
    expect(DomainConfig.fromJSON(stored?.json()).version).toBe(BigInt(decision?.sequence ?? 0));
  }, 5_000);
}

async function bucketEqualsLog(): Promise<void> {
  const domains = new Map<string, DomainView>();
  const { state } = await log.jsm.streams.info(log.stream, { subjects_filter: '>' });
  for (const subject of Object.keys(state.subjects ?? {}))
    for await (const recorded of history<DomainEvent>(log, subject)) foldDomain(domains, recorded);
  const wanted = [...domains.values()].map((view) => [view.key, domainConfig(view)] as const);
  await vi.waitFor(async () => {
    const stored = await Promise.all(
      wanted.map(async ([key]) => [key, DomainConfig.fromJSON((await bucket.get(key))?.json())] as const),
    );
    expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(wanted));
  }, 5_000);
}
