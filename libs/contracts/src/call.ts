import { AsyncLocalStorage } from 'node:async_hooks';
import type { Metadata } from '@grpc/grpc-js';

/** What a handler may know of its call. */
export type Call = {
  metadata: Metadata;
  path: string;
  /** When the caller stops waiting, in milliseconds since the epoch; Infinity when it waits for ever. */
  deadline: number;
  /** Aborts when the caller has left, or its deadline is over. */
  signal: AbortSignal;
};

/** How long somebody waits. */
export type Patience = Pick<Call, 'deadline' | 'signal'>;

// What waits for a store lies too deep below the handlers for each to pass its call on.
const underWay = new AsyncLocalStorage<Patience>();

/** Does a part of a call's work: whatever it awaits knows how long the caller waits. */
export function duringCall<Result>(call: Patience, work: () => Result): Result {
  return underWay.run(call, work);
}

/** How long the caller waits for whom this is done; undefined where a service works of its own accord. */
export function callersPatience(): Patience | undefined {
  return underWay.getStore();
}
