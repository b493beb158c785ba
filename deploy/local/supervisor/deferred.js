import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A promise that others settle. Nobody need wait for it: its rejection alone is no error.
 * (Promise.withResolvers is not there before Node 22.)
 */
export function deferred() {
  /** @type {() => void} */
  let resolve = () => undefined;
  /** @type {(reason: Error) => void} */
  let reject = () => undefined;
  /** @type {Promise<void>} */
  const promise = new Promise((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/**
 * @param {Promise<unknown>} promise
 * @param {number} ms
 * @returns {Promise<boolean>} whether it settled in that time
 */
export async function settlesWithin(promise, ms) {
  const timer = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false);
  try {
    return await Promise.race([settled, late]);
  } finally {
    timer.abort();
  }
}
