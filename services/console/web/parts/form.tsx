import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import type { Write } from '../use-write.ts';
import { ProblemNote } from './problem.tsx';
import type { Remedies } from './problem.tsx';

export type FormProps = {
  write: Pick<Write<never>, 'isRunning' | 'problem'>;
  /** The fields, by their names in the contract, that show their own errors; `origins` stands for `origins[0].host` too. */
  shows: string[];
  remedies?: Remedies;
  onSubmit: (form: FormData) => void;
  /** The fields. */
  children: ReactNode;
};

/**
 * A form whose rules the service knows: after a refusal the first wrong field has the focus, and what no field shows is
 * said above the buttons.
 */
export function Form({
  write,
  shows,
  remedies = {},
  onSubmit,
  children,
  buttons,
  className,
}: FormProps & { buttons: ReactNode; className?: string }) {
  const form = useRef<HTMLFormElement>(null);
  const { problem } = write;
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [problem]);
  const fields = Object.keys(problem?.fields ?? {});
  const isShown = fields.length > 0 && fields.every((field) => shows.some((name) => isPart(field, name)));
  return (
    <form
      ref={form}
      className={className}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {children}
      {!isShown && <ProblemNote problem={problem} remedies={remedies} />}
      {buttons}
    </form>
  );
}

function isPart(field: string, name: string): boolean {
  return field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`);
}
