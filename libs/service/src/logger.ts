import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type { Logger } from 'pino';

/** Lines are written before they become this much, in bytes. */
const AT_ONCE = 8 * 1024;

const SECRETS = ['token', 'password', 'authorization'];

// A process has one standard output.
const standardOutput = onceATurn(1);

/** Structured logs on standard output: the object first, then a constant message. Never a personal datum, token or body. */
export function createLogger(service: string, level: string): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      // A last guard, for what should not be passed in the first place. Wildcards in `redact` would take thrice as long as the rest of a line.
      redact: SECRETS,
      formatters: { level: (label) => ({ level: label }), log: hideNested },
    },
    standardOutput,
  );
}

/** Hides secrets one level below the top. */
function hideNested(logged: Record<string, unknown>): Record<string, unknown> {
  let clean = logged;
  for (const [name, value] of Object.entries(logged)) {
    if (typeof value !== 'object' || value === null || !SECRETS.some((secret) => Object.hasOwn(value, secret)))
      continue;
    const shown = Object.entries(value).map(([key, inner]) => [key, SECRETS.includes(key) ? '[Redacted]' : inner]);
    clean = { ...clean, [name]: Object.fromEntries(shown) };
  }
  return clean;
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
    output.flush();
  };
  process.once('exit', () => output.flushSync()); // also waits for the disk, which would be too much for every turn
  return {
    write(line) {
      output.write(line);
      if (isWaiting) return;
      isWaiting = true;
      setImmediate(flush);
    },
  };
}
