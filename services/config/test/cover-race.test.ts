import { createClient } from '@longwire/contracts';
import { OwnershipState } from '@longwire/contracts/config/v1/domain';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { expect, test } from 'vitest';
import { challengeOf } from '../src/ownership.ts';
import { origin, startWorld } from './world.ts';

test('of a name and the wildcard over it, of two accounts and proven in the same moment on two instances, one passes', async () => {
  await using world = await startWorld();
  await using second = await world.startService();
  for (const account of ['acme', 'mallory']) await world.activate(account);
  const [acme, mallory] = [await world.customer('acme'), await world.customer('mallory')];
  const token = await world.issuer.token({ roles: ['reviewer'] });
  const there = createClient(DomainServiceService, second.grpcAddress, { token: () => token });
  const here = await world.client('reviewer');
  for (let round = 1; round <= 20; round++) {
    const [wildcard, name] = [`*.r${round}.test`, `pay.r${round}.test`];
    await acme.addDomain({ domainName: wildcard, origins: [origin] });
    await mallory.addDomain({ domainName: name, origins: [origin] });
    const outcomes = await Promise.allSettled([
      here.confirmOwnership({ domainName: wildcard }),
      there.confirmOwnership({ domainName: name }),
    ]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused, `round ${round}`).toMatchObject([{ reason: { reason: 'NAME_COVERED' } }]);
  }
});

test('a name that is taken over from a claim in the moment in which the wildcard over it is proven, as well', async () => {
  await using world = await startWorld();
  for (const account of ['acme', 'mallory', 'globex']) await world.activate(account);
  const [acme, mallory] = [await world.customer('acme'), await world.customer('mallory')];
  const [globex, reviewer] = [await world.customer('globex'), await world.client('reviewer')];
  for (let round = 1; round <= 20; round++) {
    const [wildcard, name] = [`*.t${round}.test`, `pay.t${round}.test`];
    await acme.addDomain({ domainName: wildcard, origins: [origin] });
    await mallory.addDomain({ domainName: name, origins: [origin] });
    const challenge = challengeOf(name, 'globex');
    world.dns.records.set(challenge.name, [challenge.value]);
    await Promise.allSettled([
      globex.addDomain({ domainName: name, origins: [origin] }),
      reviewer.confirmOwnership({ domainName: wildcard }),
    ]);
    const { domain: over } = await acme.getDomain({ domainName: wildcard });
    const { domain: under } = await globex.getDomain({ domainName: name }).catch(() => ({ domain: undefined }));
    const states = [over, under].map((domain) => domain?.ownership?.state ?? OwnershipState.OWNERSHIP_STATE_UNPROVEN);
    const proven = states.filter((state) => state !== OwnershipState.OWNERSHIP_STATE_UNPROVEN);
    expect(proven, `round ${round}`).toHaveLength(1);
  }
});
