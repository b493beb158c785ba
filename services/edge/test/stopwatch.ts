import { readFileSync } from 'node:fs';

/**
 * For how long a process was ready to run and did not, because the processors were at work for other programs, in milliseconds:
 * nothing that the process could do about. 0 where the system does not tell.
 */
export function keptWaiting(pid: number | string = 'thread-self'): number {
  try {
    const [, nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    return Number(nanoseconds) / 1e6;
  } catch {
    return 0;
  }
}

/** The time that passes from now on, in milliseconds, without that for which this thread is kept waiting. */
export function stopwatch(): () => number {
  const [begun, before] = [performance.now(), keptWaiting()];
  return () => performance.now() - begun - (keptWaiting() - before);
}
