import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { type DomainEvent, encode, messageId, type Meta } from './codec.ts';
import { nextMessage } from './history.ts';
import { withinBudget } from './retry.ts';
import type { EventLog } from './stream.ts';

export type Appended = {
  /** The stream sequence of the decision. */
  sequence: number;
  /** The decision of this command was in the log already; what is stored may differ from the events passed now. */
  duplicate: boolean;
};

/** Another decision came first: the subject's last sequence is not the expected one. Load again and decide again. */
export class Conflict extends Error {
  constructor(subject: string, expectedSequence: number, options: ErrorOptions) {
    super(`${subject} has changed since ${expectedSequence}`, options);
    this.name = 'Conflict';
  }
}

/**
 * Stores one decision as one message, if the subject's last message still has the stream sequence `expectedSequence`
 * (0: the subject has none). A publish without an answer is neither success nor failure: it is repeated with the same
 * message id until the log's budget is over.
 * @throws Conflict
 * @throws DomainError UNAVAILABLE; the decision may have been stored, and repeating the command finds out.
 */
export async function append(
  log: EventLog,
  subject: string,
  events: readonly DomainEvent[],
  { expectedSequence, meta }: { expectedSequence: number; meta: Meta },
): Promise<Appended> {
  const { data, headers } = encode(events, meta);
  const msgID = messageId(subject, meta.commandId);
  const expect = { streamName: log.stream, lastSubjectSequence: expectedSequence };
  try {
    const ack = await withinBudget(log.budgetMs, (timeout) =>
      log.js.publish(subject, data, { headers, msgID, expect, timeout }),
    );
    return { sequence: ack.seq, duplicate: ack.duplicate };
  } catch (error) {
    if (!isWrongLastSequence(error)) throw error;
    // A lost acknowledgement looks like a conflict: newer servers, and all servers once the deduplication window is
    // over, refuse our own repeated publish. If ours was stored, nothing but ours can follow the expected sequence.
    const next = await nextMessage(log, subject, expectedSequence);
    if (next?.headers?.get('Nats-Msg-Id') === msgID) return { sequence: next.seq, duplicate: true };
    throw new Conflict(subject, expectedSequence, { cause: error });
  }
}

/** The server refused a write because the subject (or key) has changed since the sequence that it expected. */
export function isWrongLastSequence(error: unknown): boolean {
  if (!(error instanceof JetStreamApiError)) return false;
  return (
    error.code === JetStreamApiCodes.StreamWrongLastSequence ||
    error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown
  );
}
