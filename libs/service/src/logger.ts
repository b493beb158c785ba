import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type { Logger } from 'pino';

/** Lines are written before they become this much, in bytes. */
const AT_ONCE = 8 * 1024;

// A process has one standard output.
const standardOutput = onceATurn(1);

/** Structured logs on standard output: the object first, then a constant message. Never a personal datum, token or body. */
export function createLogger(service: string, level: string): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // A last guard, for what should not be passed in the first place.
      redact: ['token', 'password', 'authorization', '*.token', '*.password', '*.authorization'],
    },
    standardOutput,
  );
}

/**
 * Writes what was logged within one turn of the event loop together, at its end: a write per line would be a good part of what
 * a short connection costs. Written synchronously, and at exit, so that a crash takes no line with it that a turn before had logged.
 */
function onceATurn(fd: number): DestinationStream {
  const output = pino.destination({ dest: fd, sync: true, minLength: AT_ONCE });
  let isWaiting = false;
  const flush = () => {
    isWaiting = false;
    output.flushSync();
  };
  process.once('exit', flush);
  return {
    write(line) {
      output.write(line);
      if (isWaiting) return;
      isWaiting = true;
      setImmediate(flush);
    },
  };
}
