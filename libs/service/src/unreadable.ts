import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from './logger.ts';

/** A message of an event stream that stops those who read it. */
type Unreadable = { stream: string; sequence: number; subject: string; error: unknown };

/**
 * Tells operators of a message that stops a projection: by a log line, by a metric, and by /readyz, which also says how to go on
 * without it.
 * @param missing what the service still waits for, as /readyz shows it
 */
export function reportUnreadable(log: Logger, registry: Registry, missing: Set<string>): (message: Unreadable) => void {
  const stoppedAt = new Gauge({
    name: 'longwire_eventlog_unreadable_sequence',
    help: 'Stream sequence of the message at which reading has stopped. Not there while everything is read.',
    labelNames: ['stream'],
    registers: [registry],
  });
  return ({ stream, sequence, subject, error }) => {
    stoppedAt.set({ stream }, sequence);
    missing.add(
      `message ${sequence} of ${stream} (${subject}) cannot be read; EVENTLOG_LEAVE_OUT=${stream}:${sequence} goes on without it`,
    );
    log.fatal({ err: error, stream, sequence, subject }, 'a message cannot be read, and all after it wait');
  };
}
