import { DomainError } from '@longwire/contracts';
import { type ConsumerMessages, jetstream, jetstreamManager, type JsMsg, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeRecorded, type DomainEvent, type Recorded } from './codec.ts';
import { keepTrying, onAbort, withinBudget } from './retry.ts';
import { SequenceGate } from './sequence-gate.ts';

export type Projection = {
  /** Stream sequence of the last decision folded; 0 before the first. */
  readonly sequence: number;
  /** Resolves when all that was in the stream when `run` began is folded; at once for an empty stream. */
  readonly caughtUp: Promise<void>;
  /**
   * Resolves when the decision with this stream sequence is folded: a writer calls it with the sequence of its write.
   * @throws DomainError UNAVAILABLE after `timeoutMs` (default 5,000).
   */
  reached(sequence: number, timeoutMs?: number): Promise<void>;
  /** Waits for all that is in the stream now: for readers of another service's stream. Throws as `reached` does. */
  catchUp(timeoutMs?: number): Promise<void>;
  /**
   * Folds until the signal aborts, through disconnects and restarts of the server. Rejects when `apply` throws, when a
   * message cannot be decoded, and when the log has lost what was folded already: a read model that is wrong must not
   * go on. Start the process again to fold anew.
   */
  run(signal: AbortSignal): Promise<void>;
};

/** The stream to fold; an `EventLog` is one. */
export type ProjectionSource = { nc: NatsConnection; stream: string };

export type ProjectionOptions = {
  /** Called with each trouble that `run` waits out: an absent stream, a lost connection. For the log. */
  onRetry?: (error: unknown) => void;
};

/**
 * Folds a whole event stream, from its first message, in order, each message once.
 * There is no filter on purpose: a projection that sees every message knows its position exactly, so `reached` is right
 * for every sequence; `apply` ignores what does not concern it.
 */
export function project<E extends DomainEvent>(
  { nc, stream }: ProjectionSource,
  apply: (recorded: Recorded<E>) => void,
  { onRetry }: ProjectionOptions = {},
): Projection {
  const gate = new SequenceGate();
  const caughtUp = Promise.withResolvers<void>();
  caughtUp.promise.catch(() => {}); // nobody has to wait for it
  let last: Recorded<E> | undefined;
  let target: number | undefined;

  async function follow(signal: AbortSignal): Promise<void> {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const { state } = await jsm.streams.info(stream);
    target ??= state.last_seq;
    if (gate.sequence >= target) caughtUp.resolve();
    if (last !== undefined) requireSame(last, await jsm.streams.getMessage(stream, { seq: last.sequence }));

    const consumer = await jetstream(nc).consumers.get(stream, { opt_start_seq: gate.sequence + 1 });
    const messages = await consumer.consume({ max_messages: pullMessages, expires: pullMs });
    using watch = stopWhenLost(messages);
    using _ = onAbort(signal, () => messages.stop());
    for await (const message of messages) {
      if (signal.aborted) return;
      watch.heard();
      fold(message, target);
    }
  }

  function fold(message: JsMsg, caughtUpAt: number): void {
    last = decodeRecorded<E>(message);
    apply(last);
    gate.advance(message.seq);
    if (message.seq >= caughtUpAt) caughtUp.resolve();
  }

  async function catchUp(timeoutMs = defaultTimeoutMs): Promise<void> {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const { state } = await withinBudget(timeoutMs, () => jsm.streams.info(stream));
    await gate.reached(state.last_seq, timeoutMs);
  }

  async function run(signal: AbortSignal): Promise<void> {
    try {
      await keepTrying(signal, () => follow(signal), onRetry);
      end(new DomainError('UNAVAILABLE', 'PROJECTION_STOPPED', 'The service is stopping. Try again.'));
    } catch (error) {
      const failure = new Error(`the projection of ${stream} stopped after ${gate.sequence}`, { cause: error });
      end(failure);
      throw failure;
    }
  }

  function end(reason: Error): void {
    gate.close(reason);
    caughtUp.reject(reason);
  }

  return {
    get sequence() {
      return gate.sequence;
    },
    caughtUp: caughtUp.promise,
    reached: (sequence, timeoutMs = defaultTimeoutMs) => gate.reached(sequence, timeoutMs),
    catchUp,
    run,
  };
}

const defaultTimeoutMs = 5_000;

/** Length of one pull in milliseconds. Short, because the client looks again for a lost consumer once per pull. */
const pullMs = 2_000;

/** What one pull may bring: the more, the less often the reading of a long log waits for the server. */
const pullMessages = 10_000;

/** Silence for this long means that the consumer is gone: a living one says something at every pull. */
const silenceMs = 3 * pullMs;

/**
 * A server that restarted has forgotten the consumer. The client would make a new one by itself; we start over instead,
 * to look first whether the log is still the one that was folded. And where the consumer went down with its server, while
 * the connection is to another one, the client may notice nothing at all: hence the watch of our own.
 */
function stopWhenLost(messages: ConsumerMessages): Disposable & { heard(): void } {
  const silent = setTimeout(() => messages.stop(), silenceMs);
  const heard = () => void silent.refresh();
  void (async () => {
    for await (const { type } of messages.status()) {
      heard();
      if (type === 'reset' || type === 'consumer_not_found' || type === 'heartbeats_missed') messages.stop();
    }
  })();
  return { heard, [Symbol.dispose]: () => clearTimeout(silent) };
}

/**
 * After a power cut or a restored backup the log may end before what was folded, and new decisions take the sequences of
 * the lost ones.
 */
function requireSame<E extends DomainEvent>(folded: Recorded<E>, message: StoredMsg | null): void {
  const isSame = message?.header.get('Longwire-Command-Id') === folded.meta.commandId;
  if (isSame && message?.subject === folded.subject) return;
  throw new Error(`the log no longer holds message ${folded.sequence} as it was folded`);
}
