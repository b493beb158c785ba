import { randomUUID } from 'node:crypto';
import { OwnershipState } from '@longwire/contracts/config/v1/domain';
import { append, openEventLog } from '@longwire/eventlog';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { challengeOf } from '../src/ownership.ts';
import { typesOf } from './rpcs.ts';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  for (const account of ['acme', 'mallory']) await world.activate(account);
});

afterAll(() => world[Symbol.asyncDispose]());

test('ownership is proven by a TXT record; until it is there, the answer says what is expected and what was found', async () => {
  const domains = await world.customer('acme');
  const domainName = 'live.acme.test';
  const { domain } = await domains.addDomain({ domainName, origins: [origin] });
  const { recordName, recordValue } = domain!.ownership!;
  expect(domain!.ownership).toMatchObject({
    state: OwnershipState.OWNERSHIP_STATE_UNPROVEN,
    recordName: '_longwire-challenge.live.acme.test',
  });
  const refused = (found: string) => ({
    code: 'FAILED_PRECONDITION',
    reason: 'OWNERSHIP_UNPROVEN',
    details: { metadata: { record_name: recordName, record_value: recordValue, found } },
  });
  await expect(domains.verifyOwnership({ domainName })).rejects.toMatchObject(refused('no such record'));
  world.dns.records.set(recordName, ['longwire-verification=0', 'v=spf1 -all']);
  await expect(domains.verifyOwnership({ domainName })).rejects.toMatchObject(
    refused('"longwire-verification=0", "v=spf1 -all"'),
  );
  world.dns.isBroken = true;
  await expect(domains.verifyOwnership({ domainName })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    reason: 'DNS_UNAVAILABLE',
  });
  world.dns.isBroken = false;
  expect((await domains.getDomain({ domainName })).domain).toEqual(domain);

  world.dns.records.set(recordName, ['v=spf1 -all', recordValue]);
  const { domain: proven } = await domains.verifyOwnership({ domainName });
  expect(proven?.ownership?.state).toBe(OwnershipState.OWNERSHIP_STATE_VERIFIED);
  expect((await domains.enableWebSocket({ domainName })).domain?.websocket?.enabled).toBe(true);

  world.dns.records.delete(recordName);
  await expect(domains.verifyOwnership({ domainName })).rejects.toMatchObject(refused('no such record'));
  expect((await domains.getDomain({ domainName })).domain?.websocket?.enabled).toBe(true);
});

test('a wildcard is proven at the name under it', async () => {
  const domains = await world.customer('acme');
  const { domain } = await domains.addDomain({ domainName: '*.wild.test', origins: [origin] });
  world.dns.records.set('_longwire-challenge.wild.test', [domain!.ownership!.recordValue]);
  await domains.verifyOwnership({ domainName: '*.wild.test' });
  await world.edgeConfig('=any_wild_test', { removed: false });
});

test('a claim without proof keeps the owner from nothing, and reaches no edge', async () => {
  const [owner, squatter] = [await world.customer('acme'), await world.customer('mallory')];
  const domainName = 'shop.owned.test';
  const { domain: claim } = await squatter.addDomain({ domainName, origins: [origin] });
  await world.edgeConfig('shop_owned_test', { removed: true, version: claim!.version });

  const { name, value } = challengeOf(domainName, 'acme');
  await expect(owner.addDomain({ domainName, origins: [origin] })).rejects.toMatchObject({
    code: 'FAILED_PRECONDITION',
    reason: 'DOMAIN_CLAIMED',
    details: { metadata: { record_name: name, record_value: value, found: 'no such record' } },
  });
  expect((await squatter.getDomain({ domainName })).domain).toEqual(claim);

  world.dns.records.set(name, [value]);
  const { domain } = await owner.addDomain({ domainName, origins: [origin] });
  expect(domain).toMatchObject({ accountId: 'acme', ownership: { state: OwnershipState.OWNERSHIP_STATE_VERIFIED } });
  await world.edgeConfig('shop_owned_test', { removed: false, accountId: 'acme', version: domain!.version });
  await expect(squatter.getDomain({ domainName })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(squatter.addDomain({ domainName, origins: [origin] })).rejects.toMatchObject({
    reason: 'DOMAIN_EXISTS',
  });
  const { entries } = await owner.listHistory({ domainName });
  expect(typesOf(entries)).toEqual(['OriginsSet', 'OwnershipVerified', 'DomainAdded']);
});

test('a claim under a wildcard that is proven meanwhile cannot be proven any more, and takes no traffic from it', async () => {
  const [owner, squatter] = [await world.customer('acme'), await world.customer('mallory')];
  const { domain: claim } = await squatter.addDomain({ domainName: 'pay.covered.test', origins: [origin] });
  await world.addOwned('acme', '*.covered.test');
  world.dns.records.set(claim!.ownership!.recordName, [claim!.ownership!.recordValue]);
  const covered = { code: 'ALREADY_EXISTS', reason: 'NAME_COVERED' };
  await expect(squatter.verifyOwnership({ domainName: 'pay.covered.test' })).rejects.toMatchObject(covered);
  const reviewer = await world.client('reviewer');
  await expect(reviewer.confirmOwnership({ domainName: 'pay.covered.test' })).rejects.toMatchObject(covered);
  await world.edgeConfig('pay_covered_test', { removed: true });
  await owner.removeDomain({ domainName: '*.covered.test' });
  await squatter.verifyOwnership({ domainName: 'pay.covered.test' });
});

test('domains of before this rule count as confirmed', async () => {
  const log = await openEventLog(world.connection, { name: 'CONFIG', subjects: ['config.>'] });
  const events = [
    { type: 'DomainAdded', domainName: 'old.acme.test', accountId: 'acme' },
    { type: 'OriginsSet', origins: [{ host: '8.8.8.8', httpPort: 80, httpsPort: 443 }] },
    { type: 'WebSocketEnabled' },
  ];
  const meta = { commandId: `AddDomain:${randomUUID()}`, actor: 'user-old', time: new Date() };
  await append(log, 'config.domain.old_acme_test', events, { expectedSequence: 0, meta });
  await world.edgeConfig('old_acme_test', { removed: false, websocketEnabled: true });
  const domains = await world.customer('acme');
  await domains.disableWebSocket({ domainName: 'old.acme.test' });
  const { domain } = await domains.enableWebSocket({ domainName: 'old.acme.test' });
  expect(domain?.ownership?.state).toBe(OwnershipState.OWNERSHIP_STATE_ASSUMED);
});
