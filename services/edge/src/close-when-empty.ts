import type { Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** A round of the event loop that took no longer has found nothing to do: its look at the queue is as old as that, in milliseconds. */
const QUICK_MS = 0.02;
/** A process that is never idle, or a queue that is never empty, closes all the same. */
const LONGEST_MS = 1_000;

/**
 * Stops accepting at a moment when nobody waits: the system resets those who wait in the queue of a listener that closes, also
 * where another process listens on the same port. It goes on until the event loop has gone round without a client and without
 * anything else, and closes right there, microseconds after the queue was seen empty.
 * @param accepted how many connections it has accepted so far
 */
export async function closeWhenEmpty(server: Server, accepted: () => number): Promise<void> {
  let came = 1;
  const end = performance.now() + LONGEST_MS;
  for (let now = performance.now(), round = QUICK_MS; now < end && (came > 0 || round >= QUICK_MS);) {
    const before = accepted();
    await turn();
    came = accepted() - before;
    round = performance.now() - now;
    now += round;
  }
  server.close();
}
