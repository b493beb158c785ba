import type { ApplicationView, ReadModel } from './read-model.ts';

/** How long the queue is, and how fast it was answered. */
export type DeskFigures = {
  pending: number;
  claimed: number;
  overdue: number;
  answered: number;
  /** Those answered after their due time. */
  late: number;
  /** Milliseconds from submission to answer, nearest rank; undefined where nothing was answered. */
  p50Ms: number | undefined;
  p95Ms: number | undefined;
};

/** @param since answers before this moment do not count */
export function deskFigures({ pending, answered }: ReadModel, now: Date, since: Date): DeskFigures {
  const waiting = [...pending];
  const recent = answered.slice(answered.findLastIndex(({ decision }) => decision && decision.time < since) + 1);
  const took = recent.map(answerMs).toSorted((one, other) => one - other);
  return {
    pending: waiting.length,
    claimed: waiting.filter(({ claimTime }) => claimTime).length,
    overdue: waiting.filter((application) => isOverdue(application, now)).length,
    answered: recent.length,
    late: recent.filter(({ decision, dueTime }) => decision && decision.time > dueTime).length,
    p50Ms: took[Math.ceil(took.length * 0.5) - 1],
    p95Ms: took[Math.ceil(took.length * 0.95) - 1],
  };
}

export function isOverdue({ state, dueTime }: ApplicationView, now: Date): boolean {
  return state === 'pending' && dueTime < now;
}

function answerMs({ submitTime, decision }: ApplicationView): number {
  return (decision?.time.getTime() ?? Number.NaN) - submitTime.getTime();
}
