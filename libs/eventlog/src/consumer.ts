import {
  AckPolicy,
  type Consumer,
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import type { StoredMessage } from './codec.ts';
import { type DeathCause, storeDeadLetter } from './dead-letters.ts';
import { keepTrying, onAbort } from './retry.ts';

/** Work with effects: each message is handled at least once, by one of the processes that share the durable name. */
export type ConsumeOptions<T> = {
  nc: NatsConnection;
  stream: string;
  /** Name of the consumer; its position is kept by the server. */
  durable: string;
  /** Default: all subjects of the stream. */
  subjects?: string[];
  /** Reads a message, `decodeRecorded` for events. What it throws sends the message to the dead letters at once. */
  decode: (message: StoredMessage) => T;
  /** Milliseconds until a message that failed is delivered again, by the number of its deliveries so far and its failure. */
  backoff?: (deliveries: number, error: unknown) => number;
  /** Deliveries after which a message that still fails goes to the dead letters; default 20, Infinity for never. */
  maxAttempts?: number;
  /** Milliseconds after which the messages of a process that died go to another; default 10,000. Longer work says so. */
  ackWaitMs?: number;
  /** Called with each failure, of the work or of the connection, before it is tried again. For the log. */
  onRetry?: (error: unknown) => void;
};

export type Running = {
  /**
   * Works until the signal aborts; then takes nothing new, finishes what is under way, gives back the rest, and returns.
   * Rejects only on a trouble that cannot pass.
   */
  run(signal: AbortSignal): Promise<void>;
};

/** Handles messages one by one, up to `concurrency` (default 1) at once; each is acknowledged after its `handle`. */
export function consume<T>(
  options: ConsumeOptions<T> & { handle: (item: T) => Promise<void>; concurrency?: number },
): Running {
  const { handle, concurrency = 1 } = options;
  const handleAll = async (items: T[]) => {
    for (const item of items) await handle(item);
  };
  return startWorkers(options, handleAll, { size: 1, waitMs: 5_000, workers: concurrency });
}

/**
 * Handles messages in batches of up to `size`, gathered for at most `waitMs` (at least 1,000, the default); the whole
 * batch is acknowledged after its `handle`, or delivered again, not necessarily in the same batches.
 */
export function consumeBatches<T>(
  options: ConsumeOptions<T> & { handle: (items: T[]) => Promise<void>; size: number; waitMs?: number },
): Running {
  const { handle, size, waitMs = 1_000 } = options;
  return startWorkers(options, handle, { size, waitMs, workers: 1 });
}

type Batching = { size: number; waitMs: number; workers: number };

function startWorkers<T>(
  options: ConsumeOptions<T>,
  handle: (items: T[]) => Promise<void>,
  { size, waitMs, workers }: Batching,
): Running {
  const { nc, stream, durable, onRetry } = options;

  async function work(signal: AbortSignal): Promise<void> {
    const consumer = await jetstream(nc).consumers.get(stream, durable);
    while (!signal.aborted) {
      const messages = await pull(consumer, { size, waitMs }, signal);
      if (signal.aborted) messages.forEach((message) => message.nak());
      else if (messages.length > 0) await settle(messages, options, handle);
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const either = AbortSignal.any([signal, failed.signal]);
    const prepare = () => ensureDurable(options, size * workers);
    const outcomes = await Promise.allSettled(
      Array.from({ length: workers }, () =>
        keepTrying(either, () => prepare().then(() => work(either)), onRetry).catch((error: unknown) => {
          failed.abort();
          throw error;
        }),
      ),
    );
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
    }
  }

  return { run };
}

const defaultAckWaitMs = 10_000;

/** Makes the durable, or gives the one that exists the settings of today; its position stays. */
async function ensureDurable<T>(options: ConsumeOptions<T>, atOnce: number): Promise<void> {
  const { nc, stream, durable, subjects, ackWaitMs = defaultAckWaitMs } = options;
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const settings = {
    ack_wait: nanos(ackWaitMs),
    max_deliver: -1,
    // Messages that wait for their next attempt count as pending; at the default of 1,000 they would stop the others.
    max_ack_pending: Math.max(20_000, 2 * atOnce),
    ...(subjects === undefined ? {} : { filter_subjects: subjects }),
  };
  const identity = { durable_name: durable, ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.All };
  try {
    await jsm.consumers.add(stream, { ...identity, ...settings });
  } catch (error) {
    if (!isOtherwise(error)) throw error;
    await jsm.consumers.update(stream, durable, settings);
  }
}

/** The durable exists with other settings. */
function isOtherwise(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === consumerExists;
}

/** JSConsumerAlreadyExists in nats-server's list of errors. */
const consumerExists = 10_148;

async function pull(
  consumer: Consumer,
  { size, waitMs }: { size: number; waitMs: number },
  signal: AbortSignal,
): Promise<JsMsg[]> {
  const fetched = await consumer.fetch({ max_messages: size, expires: waitMs });
  using _ = onAbort(signal, () => fetched.stop());
  const messages: JsMsg[] = [];
  try {
    for await (const message of fetched) messages.push(message);
  } catch (error) {
    if (messages.length === 0) throw error; // what did arrive is handled first; the trouble shows again at the next pull
  }
  return messages;
}

async function settle<T>(
  messages: JsMsg[],
  options: ConsumeOptions<T>,
  handle: (items: T[]) => Promise<void>,
): Promise<void> {
  const readable: { message: JsMsg; item: T }[] = [];
  for (const message of messages) {
    try {
      readable.push({ message, item: options.decode(message) });
    } catch (error) {
      await bury(message, options, 'UNDECODABLE', error);
    }
  }
  if (readable.length === 0) return;

  const { ackWaitMs = defaultAckWaitMs } = options;
  const beat = setInterval(() => readable.forEach(({ message }) => message.working()), ackWaitMs / 3);
  try {
    await handle(readable.map(({ item }) => item));
    readable.forEach(({ message }) => message.ack());
  } catch (error) {
    for (const { message } of readable) await tryLater(message, options, error);
  } finally {
    clearInterval(beat);
  }
}

async function tryLater<T>(message: JsMsg, options: ConsumeOptions<T>, error: unknown): Promise<void> {
  const { backoff = defaultBackoff, maxAttempts = 20, onRetry } = options;
  const deliveries = message.info.deliveryCount;
  if (deliveries >= maxAttempts) return bury(message, options, 'ATTEMPTS_EXHAUSTED', error);
  onRetry?.(error);
  message.nak(Math.round(backoff(deliveries, error))); // without a delay the server delivers again at once, and it spins
}

/** 1 s, 2 s, 4 s … 5 min, each between half and the whole, so that what failed together does not return together. */
function defaultBackoff(deliveries: number): number {
  return Math.min(300_000, 1_000 * 2 ** (deliveries - 1)) * (0.5 + Math.random() / 2);
}

/** Sends a message to the dead letters, and ends its delivery once it lies there. */
async function bury<T>(message: JsMsg, options: ConsumeOptions<T>, why: DeathCause, error: unknown): Promise<void> {
  const { backoff = defaultBackoff, onRetry } = options;
  onRetry?.(error);
  try {
    await storeDeadLetter(options, message, why, error);
    message.term(why);
  } catch (unstored) {
    onRetry?.(unstored);
    message.nak(Math.round(backoff(message.info.deliveryCount, unstored)));
  }
}
