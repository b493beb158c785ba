import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackToOrigin, DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { lastKnownGoodPath, writeLastKnownGood } from '../src/last-known-good.ts';
import type { TestOrigin } from './harness.ts';

/** A domain a.test that is on, of account acme, at version 7. */
export function knownConfig(origin: Pick<TestOrigin, 'address'>): DomainConfig {
  return DomainConfig.create({
    domainName: 'a.test',
    accountId: 'acme',
    version: 7n,
    websocketEnabled: true,
    heartbeatSeconds: 60,
    backToOrigin: BackToOrigin.BACK_TO_ORIGIN_FOLLOW,
    origins: [origin.address],
  });
}

/** A state folder of an edge that knows a.test, gone when disposed. */
export async function knownState(
  origin: Pick<TestOrigin, 'address'>,
  changes: Partial<DomainConfig> = {},
): Promise<AsyncDisposable & { path: string }> {
  const configs = [{ ...knownConfig(origin), ...changes }];
  const path = await mkdtemp(join(tmpdir(), 'longwire-edge-'));
  await writeLastKnownGood(lastKnownGoodPath(path), { writtenAt: new Date(), configs });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
