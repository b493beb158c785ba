import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import { followBucket, type BucketEntry } from '@longwire/eventlog';
import type { Logger } from '@longwire/service';
import type { NatsConnection } from '@nats-io/transport-node';
import { readDomainConfig } from './domain-config.ts';
import { Trouble } from './trouble.ts';

export interface ConfigEvents {
  /** A config that reads well, under its key; it may be one that is known already, or an older one. */
  readonly onConfig: (key: string, config: DomainConfig) => void;
  /** What stands under this key cannot be served. */
  readonly onRefused: (key: string, error: unknown) => void;
  /** Everything that the bucket holds has come, also when that is nothing; from here on changes come as they happen. */
  readonly onSnapshot: () => void;
  /** Changes do not come any more. */
  readonly onLost: () => void;
}

const RETRY_MS = 500;

/**
 * Follows the bucket edge-config until the signal aborts. After each trouble it reads everything anew: versions make that
 * harmless, and no change is missed. A key that was deleted changes nothing, for a domain ends by its tombstone.
 */
export async function followConfig(
  nats: NatsConnection,
  events: ConfigEvents,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const trouble = new Trouble(log, 'config not readable');
  const onWhole = () => {
    trouble.over();
    events.onSnapshot();
  };
  const onRetry = (error: unknown) => trouble.met(error);
  const following = followBucket(nats, 'edge-config', (entry) => take(entry, events), {
    onWhole,
    onLost: events.onLost,
    onRetry,
  });
  while (!signal.aborted) {
    try {
      await following.run(signal);
    } catch (error) {
      // What does not pass by itself, such as a missing permission, may be mended by somebody: an edge never gives up.
      if (!signal.aborted) trouble.met(error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

function take({ key, value }: BucketEntry, { onConfig, onRefused }: ConfigEvents): void {
  if (value === undefined) return;
  let config: DomainConfig;
  try {
    config = readDomainConfig(new TextDecoder().decode(value));
  } catch (error) {
    // One domain's bad config leaves its old one in force, and holds nobody else up.
    return onRefused(key, error);
  }
  onConfig(key, config);
}
