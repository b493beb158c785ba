import { pino } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

/** Structured logs on standard output: the object first, then a constant message. Never a personal datum, token or body. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // A last guard, for what should not be passed in the first place.
    redact: ['token', 'password', 'authorization', '*.token', '*.password', '*.authorization'],
  });
}
