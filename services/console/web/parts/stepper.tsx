import { Link } from 'wouter';
import type { Step } from '../journey.ts';

/** Steps in their order; the first one that is not done is the current one. */
export function Stepper({ steps }: { steps: Step[] }) {
  const current = steps.findIndex(({ isDone }) => isDone === false);
  return (
    <ol className="stepper">
      {steps.map((step, index) => (
        <li
          key={step.name}
          className={step.isDone ? 'step step-done' : 'step'}
          aria-current={index === current ? 'step' : undefined}
        >
          <span className="step-mark" aria-hidden="true">
            {step.isDone ? '✓' : index + 1}
          </span>
          <span className="step-name">
            {step.name}
            <span className="hidden">{step.isDone ? ', done' : ', to do'}</span>
          </span>
          <span className="step-todo">{!step.isDone && <Todo {...step} />}</span>
        </li>
      ))}
    </ol>
  );
}

function Todo({ isDone, todo, path }: Step) {
  if (isDone === undefined) return '…';
  return path === undefined ? todo : <Link href={path}>{todo}</Link>;
}
