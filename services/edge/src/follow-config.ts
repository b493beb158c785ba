import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainConfig } from '@longwire/contracts/edge/v1/domain_config';
import type { Logger } from '@longwire/service';
import { DeliverPolicy, jetstream, jetstreamManager, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
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

const STREAM = 'KV_edge-config';
const SUBJECT = '$KV.edge-config.';
const RETRY_MS = 500;
/** Length of one pull: the client looks once per pull whether its consumer is still there. */
const PULL_MS = 2_000;

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
  while (!signal.aborted) {
    try {
      await readOn(nats, events, trouble, signal);
    } catch (error) {
      if (!signal.aborted) trouble.met(error);
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

async function readOn(
  nats: NatsConnection,
  events: ConfigEvents,
  trouble: Trouble,
  signal: AbortSignal,
): Promise<void> {
  const manager = await jetstreamManager(nats, { checkAPI: false });
  const { state } = await manager.streams.info(STREAM);
  if (state.messages === 0) events.onSnapshot();
  const consumer = await jetstream(nats).consumers.get(STREAM, { deliver_policy: DeliverPolicy.LastPerSubject });
  const messages = await consumer.consume({ max_messages: 1_000, expires: PULL_MS });
  const stop = () => messages.stop();
  trouble.over();
  void stopWhenLost(messages);
  signal.addEventListener('abort', stop);
  try {
    for await (const message of messages) {
      take(message, events);
      if (message.info.pending === 0) events.onSnapshot();
    }
  } finally {
    signal.removeEventListener('abort', stop);
    events.onLost();
  }
}

function take(message: JsMsg, { onConfig, onRefused }: ConfigEvents): void {
  if (message.headers?.get('KV-Operation')) return; // DEL or PURGE
  const key = message.subject.slice(SUBJECT.length);
  let config: DomainConfig;
  try {
    config = readDomainConfig(message.string());
  } catch (error) {
    // One domain's bad config leaves its old one in force, and holds nobody else up.
    return onRefused(key, error);
  }
  onConfig(key, config);
}

/** A server that restarted has forgotten the consumer. */
async function stopWhenLost(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) {
    if (type === 'reset' || type === 'consumer_not_found' || type === 'heartbeats_missed') messages.stop();
  }
}
