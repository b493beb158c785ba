import { isDeepStrictEqual } from 'node:util';
import {
  DiscardPolicy,
  jetstream,
  type JetStreamClient,
  jetstreamManager,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type KV, Kvm, type KvOptions } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { isStreamMissing, withinBudget } from './retry.ts';

/** A stream of events: one subject per aggregate instance, one writer service. */
export type StreamSpec = { name: string; subjects: string[]; /** Default 1. */ replicas?: number };

export type EventLog = {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** The stream's name. */
  readonly stream: string;
  /** How long a write or a read may be retried before the caller hears UNAVAILABLE. */
  readonly budgetMs: number;
  /** Stream sequences of messages that are not read. */
  readonly leftOut: ReadonlySet<number>;
};

export type EventLogOptions = {
  /** Milliseconds; default 15,000: a cluster without its leader elects another in 4–5 s. */
  budgetMs?: number;
  /** Messages that nobody can read, by an operator's word: what the log holds in their place is nothing. */
  leftOut?: ReadonlySet<number>;
};

/**
 * Creates the stream, or checks that the one which exists keeps what an event log promises: every message, for ever, on
 * disk, with a refusal instead of a loss when it is full. An existing stream is never changed.
 * Waits for JetStream to come up, for as long as the budget.
 * @throws Error when the server is too old or the stream would lose events.
 */
export async function openEventLog(
  nc: NatsConnection,
  spec: StreamSpec,
  options: EventLogOptions = {},
): Promise<EventLog> {
  const budgetMs = options.budgetMs ?? 15_000;
  const jsm = await openJetStream(nc, budgetMs);
  const replicas = spec.replicas ?? 1;
  const promised = {
    subjects: spec.subjects,
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    max_age: 0,
    max_msgs_per_subject: -1,
    deny_delete: true,
    deny_purge: true,
    allow_rollup_hdrs: false,
    allow_direct: true,
  };
  const create = () => jsm.streams.add({ ...promised, name: spec.name, num_replicas: replicas });
  const { config } = (await find(jsm, spec.name, budgetMs)) ?? (await withinBudget(budgetMs, create));
  const broken = differences(promised, config);
  if (config.num_replicas < replicas) broken.push(`num_replicas is ${config.num_replicas}, not ${replicas}`);
  if (broken.length > 0) throw new Error(`stream ${spec.name} cannot be an event log: ${broken.join('; ')}`);
  return { nc, js: jetstream(nc, apiOptions), jsm, stream: spec.name, budgetMs, leftOut: options.leftOut ?? new Set() };
}

/** Creates a stream unless it is there. One that exists is as its operator wants it, and never changed. */
export async function ensureStream(
  nc: NatsConnection,
  config: Partial<StreamConfig> & { name: string },
  options: EventLogOptions = {},
): Promise<StreamInfo> {
  const budgetMs = options.budgetMs ?? 15_000;
  const jsm = await openJetStream(nc, budgetMs);
  return (await find(jsm, config.name, budgetMs)) ?? withinBudget(budgetMs, () => jsm.streams.add(config));
}

/**
 * Creates a key-value bucket, or opens the one that exists. Reads go to the leader, so that a writer reads what it wrote;
 * pass `allow_direct: true` for a bucket in which staleness does not matter.
 */
export async function ensureBucket(nc: NatsConnection, name: string, options: Partial<KvOptions> = {}): Promise<KV> {
  const budgetMs = 15_000;
  await openJetStream(nc, budgetMs);
  return withinBudget(budgetMs, () => new Kvm(jetstream(nc)).create(name, { allow_direct: false, ...options }));
}

/**
 * Another service's bucket, which may not be there yet: reading it then fails with an error of `isStreamMissing`. Reads go
 * to the leader.
 */
export function openBucket(nc: NatsConnection, name: string): Promise<KV> {
  return new Kvm(jetstream(nc)).open(name, { allow_direct: false });
}

/** Shorter than the client's own 5 s: reads are retried within the budget. */
const apiOptions = { timeout: 2_000 };

async function openJetStream(nc: NatsConnection, budgetMs: number): Promise<JetStreamManager> {
  return withinBudget(budgetMs, async () => {
    const jsm = await jetstreamManager(nc, apiOptions);
    if (nc.info) requireServer(nc.info.version); // known only now: the connection may have been on its way to another server
    return jsm;
  });
}

/** Older servers ignore the headers and settings that the promises rest on, silently. */
const oldestServer = '2.10.25';

function requireServer(version: string): void {
  if (version.localeCompare(oldestServer, 'en', { numeric: true }) >= 0) return;
  throw new Error(`nats-server ${version} is too old: Longwire needs ${oldestServer} or newer`);
}

async function find(jsm: JetStreamManager, name: string, budgetMs: number): Promise<StreamInfo | undefined> {
  try {
    return await withinBudget(budgetMs, () => jsm.streams.info(name));
  } catch (error) {
    if (isStreamMissing(error)) return undefined;
    throw error;
  }
}

function differences(wanted: Partial<StreamConfig>, actual: StreamConfig): string[] {
  const fields = new Map<string, unknown>(Object.entries(actual));
  return Object.entries(wanted)
    .filter(([field, value]) => !isDeepStrictEqual(fields.get(field), value))
    .map(([field, value]) => `${field} is ${JSON.stringify(fields.get(field))}, not ${JSON.stringify(value)}`);
}
