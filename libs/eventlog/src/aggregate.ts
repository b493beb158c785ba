import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '@longwire/contracts';
import { append, type Appended, Conflict } from './append.ts';
import type { DomainEvent, Meta } from './codec.ts';
import { readAfter } from './history.ts';
import type { EventLog } from './stream.ts';

/** The rules of one kind of thing, pure: time and ids come in with the command, and a repeated command decides `[]`. */
export type Aggregate<S, C, E extends DomainEvent> = {
  initial: S;
  evolve(state: S, event: E): S;
  decide(command: C, state: S): E[];
};

export type Loaded<S> = {
  state: S;
  /** Stream sequence of the subject's last decision; 0 when there is none. */
  sequence: number;
  /** The commands that decided something on this subject, each with the sequence of its decision. */
  decidedAt: ReadonlyMap<string, number>;
};

export type Handled<S, E> = {
  state: S;
  /** Stream sequence of the subject's last decision. */
  sequence: number;
  /** Stream sequence of this command's own decision, be it of an earlier call; 0 when it decided nothing. */
  decidedAt: number;
  /** What this call appended; empty when the command changed nothing or had been decided before. */
  events: E[];
};

/** Folds a subject from the log itself, through the stream's leader. Given `from`, it reads only what came after. */
export async function load<S, C, E extends DomainEvent>(
  log: EventLog,
  subject: string,
  aggregate: Aggregate<S, C, E>,
  from: Loaded<S> = { state: aggregate.initial, sequence: 0, decidedAt: new Map() },
): Promise<Loaded<S>> {
  let { state, sequence } = from;
  const later = new Map<string, number>();
  for await (const { sequence: next, recorded } of readAfter<E>(log, subject, sequence)) {
    sequence = next;
    if (recorded === undefined) continue;
    state = fold(aggregate, state, recorded.events);
    later.set(recorded.meta.commandId, next);
  }
  const decidedAt = later.size === 0 ? from.decidedAt : new Map([...from.decidedAt, ...later]);
  return { state, sequence, decidedAt };
}

/** The etag of a subject: the decimal of its last sequence. */
export function etagOf(sequence: number): string {
  return String(sequence);
}

/**
 * Carries out one command: load, decide, append; when another writer came first, again. A command whose id is in the
 * subject's history, however long ago, changes nothing and gives the present state, whatever etag it carries.
 * @param options.expectedEtag refuses the command when the subject has changed since; absent or empty: not checked.
 * @param options.othersAt reads what the decision rests on besides its subject, before each attempt, and returns the stream
 *   sequence up to which it has read: the decision is stored only if nothing has been written to the whole stream since.
 *   For rules over several subjects that are seldom asked; what it throws is thrown.
 * @param options.from what is known of the subject, a read model's view of it: only what came after is read from the log.
 * @throws DomainError ABORTED with reason ETAG_MISMATCH or WRITE_CONFLICT; UNAVAILABLE; and whatever `decide` throws.
 */
export async function handle<S, C, E extends DomainEvent>(
  log: EventLog,
  subject: string,
  aggregate: Aggregate<S, C, E>,
  command: C,
  {
    meta,
    expectedEtag = '',
    othersAt,
    from,
  }: {
    meta: Meta;
    expectedEtag?: string;
    othersAt?: (() => Promise<number>) | undefined;
    from?: Loaded<S> | undefined;
  },
): Promise<Handled<S, E>> {
  let loaded = await load(log, subject, aggregate, from);
  for (let attempt = 1; ; attempt++) {
    const { state, sequence } = loaded;
    const decidedAt = loaded.decidedAt.get(meta.commandId);
    // What is given may have been read on meanwhile; then the state is not yet that of the decision.
    if (decidedAt !== undefined && decidedAt <= sequence) return { state, sequence, decidedAt, events: [] };
    if (expectedEtag !== '' && expectedEtag !== etagOf(sequence)) throw etagMismatch(sequence);
    const expectedStreamSequence = await othersAt?.();
    const events = aggregate.decide(command, state);
    if (events.length === 0) return { state, sequence, decidedAt: 0, events };

    const expected = { expectedSequence: sequence, expectedStreamSequence };
    const appended = await appendUnlessConflict(log, subject, events, { ...expected, meta });
    if (appended?.duplicate === false) {
      const own = appended.sequence;
      return { state: fold(aggregate, state, events), sequence: own, decidedAt: own, events };
    }
    if (appended === undefined) {
      if (attempt === maxAttempts) throw writeConflict();
      await sleep(Math.random() * Math.min(200, 5 * 2 ** attempt));
    }
    loaded = await load(log, subject, aggregate, loaded);
  }
}

/** Enough for a dozen writers at once on one subject; more means that the subject is cut too large. */
const maxAttempts = 12;

function fold<S, C, E extends DomainEvent>(aggregate: Aggregate<S, C, E>, state: S, events: E[]): S {
  return events.reduce((folded, event) => aggregate.evolve(folded, event), state);
}

async function appendUnlessConflict(...args: Parameters<typeof append>): Promise<Appended | undefined> {
  try {
    return await append(...args);
  } catch (error) {
    if (error instanceof Conflict) return undefined;
    throw error;
  }
}

function etagMismatch(sequence: number): DomainError {
  return new DomainError('ABORTED', 'ETAG_MISMATCH', 'It has changed since it was read. Read it again.', {
    metadata: { etag: etagOf(sequence) },
  });
}

function writeConflict(): DomainError {
  return new DomainError('ABORTED', 'WRITE_CONFLICT', 'Too many changes at once. Try again.');
}
