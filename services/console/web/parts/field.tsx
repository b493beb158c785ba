import { useId } from 'react';
import type { InputHTMLAttributes, TextareaHTMLAttributes } from 'react';

type Common = {
  label: string;
  /** What to write, under the label. */
  hint?: string | undefined;
  /** What is wrong with the value. */
  error?: string | undefined;
};

/** A labelled input; its hint and its error belong to it for screen readers too. */
export function TextField({ label, hint, error, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const { id, describedBy } = useFieldIds(hint, error);
  return (
    <Frame {...{ id, label, hint, error }}>
      <input id={id} aria-describedby={describedBy} aria-invalid={error !== undefined} {...input} />
    </Frame>
  );
}

export function TextArea({ label, hint, error, ...input }: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const { id, describedBy } = useFieldIds(hint, error);
  return (
    <Frame {...{ id, label, hint, error }}>
      <textarea id={id} aria-describedby={describedBy} aria-invalid={error !== undefined} rows={4} {...input} />
    </Frame>
  );
}

function useFieldIds(hint: string | undefined, error: string | undefined) {
  const id = useId();
  const present = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean);
  return { id, describedBy: present.join(' ') || undefined };
}

function Frame({ id, label, hint, error, children }: Common & { id: string; children: React.ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {children}
      {error !== undefined && (
        <p className="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}
