import { Link } from 'wouter';
import { sentence } from '../api.ts';
import type { Problem } from '../api.ts';

/** Where to mend a prerequisite that is missing, by its type. */
export type Remedies = Record<string, { text: string; path: string }>;

type Props = { problem: Problem | null; remedies?: Remedies };

/** Why something did not work, announced to screen readers as it appears; nothing when all is well. */
export function ProblemNote({ problem, remedies = {} }: Props) {
  if (!problem) return null;
  return (
    <div className="note note-bad" role="alert">
      {problem.preconditions.length > 0 ? <Missing {...{ problem, remedies }} /> : <p>{problem.message}</p>}
      {problem.reason !== '' && <p className="reason">{problem.reason}</p>}
    </div>
  );
}

/** Every prerequisite that is missing, each with where to mend it. */
function Missing({ problem, remedies }: { problem: Problem; remedies: Remedies }) {
  return (
    <>
      <p>Before this is possible:</p>
      <ul>
        {problem.preconditions.map(({ type, description }) => {
          const remedy = remedies[type];
          return (
            <li key={type}>
              {sentence(description)} {remedy && <Link href={remedy.path}>{remedy.text}</Link>}
            </li>
          );
        })}
      </ul>
    </>
  );
}
