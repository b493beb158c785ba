import { decodeRecorded, type DomainEvent, type Recorded, type StoredMessage } from './codec.ts';
import { withinBudget } from './retry.ts';
import type { EventLog } from './stream.ts';

/** The decisions of one subject after a stream sequence, oldest first, each read from the stream's leader. */
export async function* history<E extends DomainEvent>(
  log: EventLog,
  subject: string,
  after = 0,
): AsyncGenerator<Recorded<E>> {
  for await (const { recorded } of readAfter<E>(log, subject, after)) if (recorded !== undefined) yield recorded;
}

/** As `history`, with the sequences of messages that are to be left out: the next decision stands on them all the same. */
export async function* readAfter<E extends DomainEvent>(
  log: EventLog,
  subject: string,
  after: number,
): AsyncGenerator<{ sequence: number; recorded: Recorded<E> | undefined }> {
  for (let last = after; ;) {
    const message = await withinBudget(log.budgetMs, () => readNext(log, subject, last));
    if (message === null) return;
    last = message.seq;
    yield { sequence: last, recorded: log.leftOut.has(last) ? undefined : decodeRecorded<E>(message) };
  }
}

/**
 * The first message of a subject after a stream sequence, or null. It asks the leader: a direct get may be answered by a
 * follower that has not yet seen our last write.
 */
export async function readNext(log: EventLog, subject: string, after: number): Promise<StoredMessage | null> {
  const query = { seq: after + 1, next_by_subj: subject };
  const message = await log.jsm.streams.getMessage(log.stream, query);
  if (message === null) return null;
  const { seq, time, data, header: headers } = message;
  return { subject, seq, time, data, headers };
}
