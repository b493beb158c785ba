import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type { Logger } from 'pino';

/** Lines are written before they become this much, in bytes. */
const AT_ONCE = 8 * 1024;
/** And at the latest after so long. */
const GATHER_MS = 10;

const SECRETS = ['token', 'password', 'authorization'];

// A process has one standard output.
const standardOutput = gathered(1);

/** Structured logs on standard output: the object first, then a constant message. Never a personal datum, token or body. */
export function createLogger(service: string, level: string): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: timeField(),
      // A last guard, for what should not be passed in the first place. Wildcards in `redact` would take thrice as long as the rest of a line.
      redact: SECRETS,
      formatters: { level: (label) => ({ level: label }), log: hideNested },
    },
    standardOutput,
  );
}

/** The time as ISO 8601; lines of one millisecond share the text. */
function timeField(): () => string {
  let at = 0;
  let field = '';
  return () => {
    const now = Date.now();
    if (now !== at) {
      at = now;
      field = `,"time":"${new Date(now).toISOString()}"`;
    }
    return field;
  };
}

/** Hides secrets one level below the top. */
function hideNested(logged: Record<string, unknown>): Record<string, unknown> {
  let clean = logged;
  for (const name in logged) {
    const value = logged[name];
    if (typeof value !== 'object' || value === null || !SECRETS.some((secret) => Object.hasOwn(value, secret)))
      continue;
    const shown = Object.entries(value).map(([key, inner]) => [key, SECRETS.includes(key) ? '[Redacted]' : inner]);
    clean = { ...clean, [name]: Object.fromEntries(shown) };
  }
  return clean;
}

/**
 * Writes what was logged within a few milliseconds together: a write per line would be a good part of what a short connection
 * costs. Written synchronously, and at exit, so that an uncaught error takes no line with it.
 */
function gathered(fd: number): DestinationStream & { flush: (done?: () => void) => void } {
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
      setTimeout(flush, GATHER_MS);
    },
    /** What `flush` of a logger calls, for a process that will be killed. */
    flush(done) {
      flush();
      done?.();
    },
  };
}
