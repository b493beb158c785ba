import { setTimeout as sleep } from 'node:timers/promises';
import { callersPatience, DomainError } from '@longwire/contracts';
import { JetStreamApiCodes, JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { ClosedConnectionError, DrainingConnectionError, RequestError, TimeoutError } from '@nats-io/transport-node';

/**
 * Calls `attempt` until it answers, its trouble is one that does not pass, or the budget is over: no later than its answer can
 * still reach the caller for whom this is done. For a caller who has left, what is under way goes on, but nothing is tried
 * again. Each attempt is told how many milliseconds it may take: one second at first, then twice as many each time. An attempt
 * that ran out of time may still have its effect, so attempts must be repeatable.
 * @throws DomainError UNAVAILABLE when the budget is over or the connection is closed.
 */
export async function withinBudget<T>(budgetMs: number, attempt: (timeoutMs: number) => Promise<T>): Promise<T> {
  const deadline = performance.now() + whileHeard(budgetMs);
  const signal = callersPatience()?.signal;
  for (let timeoutMs = 1_000; ; timeoutMs *= 2) {
    const left = Math.max(1, deadline - performance.now());
    try {
      return await inTime(left, attempt(Math.min(timeoutMs, left)));
    } catch (error) {
      if (isClosed(error) || (isPassing(error) && performance.now() + pauseMs >= deadline)) throw unavailable(error);
      if (!isPassing(error)) throw error;
      await sleep(pauseMs, undefined, signal && { signal }).catch(() => {
        throw unavailable(error);
      });
    }
  }
}

/** Of so many milliseconds those for which the caller waits, less a tenth in which it is told; all where nobody does. */
export function whileHeard(ms: number): number {
  const left = (callersPatience()?.deadline ?? Number.POSITIVE_INFINITY) - Date.now();
  return left > 0 ? Math.min(ms, left * 0.9) : ms;
}

/** An attempt's answer, or a passing trouble when it takes too long. */
async function inTime<T>(ms: number, answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new TimeoutError()), ms);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Between attempts; a lost leader is replaced within seconds, so there is no need to wait longer. */
const pauseMs = 200;

/**
 * True for troubles that a cluster goes through while it starts, elects or restarts: no answer, no responder, a
 * temporary refusal, a silent consumer.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof TimeoutError) return true;
  if (error instanceof RequestError) return error.isNoResponders();
  if (error instanceof JetStreamApiError) return error.status === 503 || clusterTroubles.has(error.code);
  if (error instanceof JetStreamError) return pullTroubles.has(error.message);
  // "No responders" for a JetStream request; the client does not export the class.
  return error instanceof Error && error.name === 'JetStreamNotEnabled';
}

/** How a pull ends whose consumer falls silent, or whose server stops in good order or hands over its leadership. */
const pullTroubles = new Set(['heartbeats missed', 'server shutdown', 'leadership change']);

/** No suitable peers, not active, not leader, stream offline, consumer offline: said while servers join and leave. */
const clusterTroubles = new Set([10005, 10006, 10009, 10118, 10119]);

/** True when the stream does not exist; for a reader of another service's stream that means: not yet. */
export function isStreamMissing(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}

function isClosed(error: unknown): boolean {
  return error instanceof ClosedConnectionError || error instanceof DrainingConnectionError;
}

function unavailable(cause: unknown): DomainError {
  const error = new DomainError('UNAVAILABLE', 'EVENT_LOG_UNAVAILABLE', 'The event log does not answer. Try again.');
  error.cause = cause;
  return error;
}

/** Repeats `attempt` as long as its trouble passes or its stream is not there yet; ends quietly on abort. */
export async function keepTrying(
  signal: AbortSignal,
  attempt: () => Promise<void>,
  onRetry: (error: unknown) => void = () => {},
): Promise<void> {
  while (!signal.aborted) {
    try {
      await attempt();
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error) && !isStreamMissing(error)) throw error;
      onRetry(error);
      await sleep(500, undefined, { signal }).catch(() => {});
    }
  }
}

/** Runs `action` when the signal aborts, at once if it has; until disposed. */
export function onAbort(signal: AbortSignal, action: () => void): Disposable {
  if (signal.aborted) action();
  signal.addEventListener('abort', action, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener('abort', action) };
}
