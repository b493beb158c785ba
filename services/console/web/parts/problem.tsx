import type { ReactNode } from 'react';
import type { Problem } from '../api.ts';

/** Why something did not work, announced to screen readers as it appears; nothing when all is well. */
export function ProblemNote({ problem, action }: { problem: Problem | null; action?: ReactNode }) {
  if (!problem) return null;
  return (
    <div className="note note-bad" role="alert">
      {problem.preconditions.length > 1 ? <PreconditionList problem={problem} /> : <p>{problem.message}</p>}
      {problem.reason !== '' && <p className="reason">{problem.reason}</p>}
      {action}
    </div>
  );
}

function PreconditionList({ problem }: { problem: Problem }) {
  return (
    <>
      <p>Before that:</p>
      <ul>
        {problem.preconditions.map(({ type, description }) => (
          <li key={type}>{description}</li>
        ))}
      </ul>
    </>
  );
}
