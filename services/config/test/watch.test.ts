import { createClient } from '@longwire/contracts';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import type { WatchResponse } from '@longwire/contracts/config/v1/domain_service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { challengeOf } from '../src/ownership.ts';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld();
  for (const account of ['acme', 'globex', 'mallory']) await world.activate(account);
});

afterAll(() => world[Symbol.asyncDispose]());

const heard = ({ change }: WatchResponse) =>
  change?.$case === 'domain' ? `${change.value.domainName} ${change.value.version}` : `no ${change?.value}`;

/** A watch that is read one message after the other. */
async function watching(account: string, resumeToken = '') {
  const domains = await world.customer(account);
  const messages = domains.watch({ resumeToken })[Symbol.asyncIterator]();
  return {
    async next(): Promise<WatchResponse> {
      const { value, done } = await messages.next();
      if (done) throw new Error('the stream has ended');
      return value;
    },
    leave: () => messages.return?.(),
  };
}

test('the domains there are come first, then each change, and none of another account', async () => {
  const domains = await world.customer('acme');
  const { domain: one } = await domains.addDomain({ domainName: 'one.acme.test', origins: [origin] });
  const watch = await watching('acme');
  expect(heard(await watch.next())).toBe(`one.acme.test ${one!.version}`);
  await (await world.customer('globex')).addDomain({ domainName: 'one.globex.test', origins: [origin] });
  const { domain: two } = await domains.addDomain({ domainName: 'two.acme.test', origins: [origin] });
  expect(heard(await watch.next())).toBe(`two.acme.test ${two!.version}`);
  await domains.removeDomain({ domainName: 'two.acme.test' });
  expect(heard(await watch.next())).toBe('no two.acme.test');
  await watch.leave();
});

test('a watch goes on where it was, though the service has started anew', async () => {
  const domains = await world.customer('acme');
  await domains.addDomain({ domainName: 'resumed.acme.test', origins: [origin] });
  const watch = await watching('acme');
  let last = await watch.next();
  while (!heard(last).startsWith('resumed.acme.test')) last = await watch.next();
  const interrupted = watch.next();
  interrupted.catch(() => {});
  await world.restart();
  await expect(interrupted).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  const again = await world.customer('acme');
  for (const seconds of [10n, 20n])
    await again.updateWebSocketSettings({ domainName: 'resumed.acme.test', heartbeatTime: { seconds, nanos: 0 } });
  const resumed = await watching('acme', last.resumeToken);
  const { change } = await resumed.next();
  expect(change).toMatchObject({
    value: { domainName: 'resumed.acme.test', websocket: { heartbeatTime: { seconds: 20n } } },
  });
  await resumed.leave();
});

test('who loses a claim to the owner hears that it is gone', async () => {
  const squatter = await world.customer('mallory');
  await squatter.addDomain({ domainName: 'claimed.test', origins: [origin] });
  const watch = await watching('mallory');
  expect(heard(await watch.next())).toContain('claimed.test');
  const { name, value } = challengeOf('claimed.test', 'acme');
  world.dns.records.set(name, [value]);
  await (await world.customer('acme')).addDomain({ domainName: 'claimed.test', origins: [origin] });
  expect(heard(await watch.next())).toBe('no claimed.test');
  await watch.leave();
});

test('a token of another account, of no account, or of a log that is gone is refused, each with its reason', async () => {
  const watch = await watching('acme');
  const { resumeToken } = await watch.next();
  await watch.leave();
  const violation = (description: string) => ({
    code: 'INVALID_ARGUMENT',
    details: { fieldViolations: [{ field: 'resume_token', description }] },
  });
  await expect((await watching('globex', resumeToken)).next()).rejects.toMatchObject(
    violation('is of another account; begin without one'),
  );
  await expect((await watching('acme', 'x')).next()).rejects.toMatchObject(
    violation('must be a resume_token that this service gave'),
  );
  const later = Buffer.from(JSON.stringify(['acme', 999_999])).toString('base64url');
  await expect((await watching('acme', later)).next()).rejects.toMatchObject({
    code: 'OUT_OF_RANGE',
    reason: 'RESUME_TOKEN_EXPIRED',
  });
});

test('a watch ends when the token of who watches has expired', async () => {
  const exp = Math.floor(Date.now() / 1000) + 2;
  const token = await world.issuer.token({ roles: ['customer'], account: 'initech', exp });
  using domains = createClient(DomainServiceService, world.service.grpcAddress, { token: () => token });
  const [message] = await Promise.allSettled([domains.watch({})[Symbol.asyncIterator]().next()]);
  expect(message).toMatchObject({ status: 'rejected', reason: { code: 'UNAUTHENTICATED' } });
  expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000);
});
