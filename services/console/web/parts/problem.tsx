import { Link } from 'wouter';
import { sentence } from '../api.ts';
import type { Problem } from '../api.ts';
import { wordsOf } from './changes.tsx';

/** Where to mend a prerequisite that is missing, by its type. */
export type Remedies = Record<string, { text: string; path: string }>;

type Props = { problem: Problem | null; remedies?: Remedies };

/** Why something did not work, announced to screen readers as it appears; nothing when all is well. */
export function ProblemNote({ problem, remedies = {} }: Props) {
  if (!problem) return null;
  return (
    <div className="note note-bad" role="alert">
      {problem.preconditions.length > 0 ? <Missing {...{ problem, remedies }} /> : <What problem={problem} />}
      {problem.reason !== '' && <p className="reason">{problem.reason}</p>}
    </div>
  );
}

/** What is wrong: with which fields, where it is about fields. */
function What({ problem: { message, fields } }: { problem: Problem }) {
  const wrong = Object.entries(fields);
  if (wrong.length === 0) return <p>{message}</p>;
  return wrong.map(([field, text]) => <p key={field}>{sentence(`${wordsOf(field)} ${text}`)}</p>);
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
