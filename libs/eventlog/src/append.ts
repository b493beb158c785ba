import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { type DomainEvent, encode, type Meta } from './codec.ts';
import { readNext } from './history.ts';
import { isPassing, withinBudget } from './retry.ts';
import type { EventLog } from './stream.ts';

export type Appended = {
  /** The stream sequence of the decision. */
  sequence: number;
  /** The decision of this command was in the log already; what is stored may differ from the events passed now. */
  duplicate: boolean;
};

/** Another decision came first: the last sequence of the subject, or of the stream, is not the expected one. Load again and decide again. */
export class Conflict extends Error {
  constructor(subject: string, expectedSequence: number, options: ErrorOptions) {
    super(`${subject} has changed since ${expectedSequence}`, options);
    this.name = 'Conflict';
  }
}

/**
 * Stores one decision as one message, if the subject's last message still has the stream sequence `expectedSequence`
 * (0: the subject has none). A publish without an answer is neither success nor failure: it is repeated until it is
 * known, or the log's budget is over.
 *
 * With `expectedStreamSequence` that must also be the sequence of the last message of the whole stream: for a rule over
 * several subjects, on which the decision rests as much.
 *
 * The expectation alone makes the repetition safe; there is no `Nats-Msg-Id` on purpose. Deduplication forgets after its
 * window, and a replicated stream of nats-server 2.10 remembers the id of a message that it refused: sent again with the
 * right expectation, it is acknowledged as a duplicate with sequence 0 and never stored.
 * @throws Conflict
 * @throws DomainError UNAVAILABLE; the decision may have been stored, and repeating the command finds out.
 */
export async function append(
  log: EventLog,
  subject: string,
  events: readonly DomainEvent[],
  {
    expectedSequence,
    expectedStreamSequence,
    meta,
  }: { expectedSequence: number; expectedStreamSequence?: number | undefined; meta: Meta },
): Promise<Appended> {
  const { data, headers } = encode(events, meta);
  const expect = {
    streamName: log.stream,
    lastSubjectSequence: expectedSequence,
    ...(expectedStreamSequence !== undefined && { lastSequence: expectedStreamSequence }),
  };
  let unanswered: unknown;
  return withinBudget(log.budgetMs, async (timeout) => {
    try {
      const { seq } = await log.js.publish(subject, data, { headers, expect, timeout });
      return { sequence: seq, duplicate: false };
    } catch (error) {
      if (isPassing(error)) unanswered = error;
      if (!isWrongLastSequence(error)) throw error;
      // Only the decision that was made on `expectedSequence` can be the next one: ours, then, was stored before.
      const next = await readNext(log, subject, expectedSequence);
      if (next?.headers?.get('Longwire-Command-Id') === meta.commandId) return { sequence: next.seq, duplicate: true };
      if (next === null && unanswered !== undefined) throw unanswered; // ours may be on its way through the replicas
      throw new Conflict(subject, expectedSequence, { cause: error });
    }
  });
}

/** The server refused a write because the subject (or key) has changed since the sequence that it expected. */
export function isWrongLastSequence(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return (
    error.code === JetStreamApiCodes.StreamWrongLastSequence ||
    error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown
  );
}
