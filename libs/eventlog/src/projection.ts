import { DomainError } from '@longwire/contracts';
import { jetstream, jetstreamManager, type JsMsg, type StoredMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { decodeRecorded, type DomainEvent, type Recorded } from './codec.ts';
import { pullMs, stopWhenLost } from './lost-consumer.ts';
import { keepTrying, onAbort, whileHeard, withinBudget } from './retry.ts';
import { SequenceGate } from './sequence-gate.ts';

export type Projection = {
  /** Stream sequence of the last decision folded; 0 before the first. */
  readonly sequence: number;
  /** Resolves when all that was in the stream when `run` began is folded; at once for an empty stream. */
  readonly caughtUp: Promise<void>;
  /**
   * Resolves when the decision with this stream sequence is folded: a writer calls it with the sequence of its write.
   * @throws DomainError UNAVAILABLE after `timeoutMs` (default 5,000), or before the caller's deadline.
   */
  reached(sequence: number, timeoutMs?: number): Promise<void>;
  /** Waits for all that is in the stream now: for readers of another service's stream. Throws as `reached` does. */
  catchUp(timeoutMs?: number): Promise<void>;
  /**
   * Folds until the signal aborts, through disconnects and restarts of the server. Rejects when the log has lost what was
   * folded already, and unless `onUnreadable` is given when a message cannot be decoded or `apply` throws: a read model
   * that is wrong must not go on. Start the process again to fold anew.
   */
  run(signal: AbortSignal): Promise<void>;
};

/** The stream to fold; an `EventLog` is one. Messages of `leftOut`, by stream sequence, are passed over. */
export type ProjectionSource = { nc: NatsConnection; stream: string; leftOut?: ReadonlySet<number> };

/** A message that stops a projection: it cannot be decoded, or not be folded. */
export type Unreadable = { stream: string; sequence: number; subject: string; error: unknown };

export type ProjectionOptions = {
  /** Called with each trouble that `run` waits out: an absent stream, a lost connection. For the log. */
  onRetry?: (error: unknown) => void;
  /** Called instead of rejecting. The projection stands still until it is aborted, and turns away who waits for it. */
  onUnreadable?: (message: Unreadable) => void;
};

/**
 * Folds a whole event stream, from its first message, in order, each message once.
 * There is no filter on purpose: a projection that sees every message knows its position exactly, so `reached` is right
 * for every sequence; `apply` ignores what does not concern it.
 */
export function project<E extends DomainEvent>(
  { nc, stream, leftOut }: ProjectionSource,
  apply: (recorded: Recorded<E>) => void,
  { onRetry, onUnreadable }: ProjectionOptions = {},
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
    if (!leftOut?.has(message.seq)) {
      try {
        last = decodeRecorded<E>(message);
        apply(last);
      } catch (error) {
        throw new UnreadableMessage({ stream, sequence: message.seq, subject: message.subject, error });
      }
    }
    gate.advance(message.seq);
    if (message.seq >= caughtUpAt) caughtUp.resolve();
  }

  async function catchUp(timeoutMs = defaultTimeoutMs): Promise<void> {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const { state } = await withinBudget(timeoutMs, () => jsm.streams.info(stream));
    await gate.reached(state.last_seq, whileHeard(timeoutMs));
  }

  async function run(signal: AbortSignal): Promise<void> {
    try {
      await keepTrying(signal, () => follow(signal), onRetry);
      end(stopped());
    } catch (error) {
      const isUnreadable = error instanceof UnreadableMessage;
      const cause = isUnreadable ? error.cause : error;
      const failure = new Error(`the projection of ${stream} stopped after ${gate.sequence}`, { cause });
      const isHeld = isUnreadable && onUnreadable !== undefined;
      end(isHeld ? stopped() : failure);
      if (!isHeld) throw failure;
      onUnreadable(error.unreadable);
      await new Promise((resolve) => void onAbort(signal, () => resolve(undefined)));
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
    reached: (sequence, timeoutMs = defaultTimeoutMs) => gate.reached(sequence, whileHeard(timeoutMs)),
    catchUp,
    run,
  };
}

class UnreadableMessage extends Error {
  readonly unreadable: Unreadable;

  constructor(unreadable: Unreadable) {
    const { sequence, subject, error } = unreadable;
    super(`message ${sequence} of ${subject} cannot be folded`, { cause: error });
    this.name = 'UnreadableMessage';
    this.unreadable = unreadable;
  }
}

function stopped(): DomainError {
  return new DomainError('UNAVAILABLE', 'PROJECTION_STOPPED', 'The service has stopped reading. Try again.');
}

const defaultTimeoutMs = 5_000;

/** What one pull may bring: the more, the less often the reading of a long log waits for the server. */
const pullMessages = 10_000;

/**
 * After a power cut or a restored backup the log may end before what was folded, and new decisions take the sequences of
 * the lost ones.
 */
function requireSame<E extends DomainEvent>(folded: Recorded<E>, message: StoredMsg | null): void {
  const isSame = message?.header.get('Longwire-Command-Id') === folded.meta.commandId;
  if (isSame && message?.subject === folded.subject) return;
  throw new Error(`the log no longer holds message ${folded.sequence} as it was folded`);
}
