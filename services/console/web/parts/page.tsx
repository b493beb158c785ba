import { useEffect } from 'react';
import type { ReactNode } from 'react';

type Props = {
  title: string;
  /** One sentence under the title. */
  lead?: ReactNode;
  /** What one can do here, beside the title. */
  actions?: ReactNode;
  children: ReactNode;
};

/** A page: its title in the window and on top, then its parts. */
export function Page({ title, lead, actions, children }: Props) {
  useTitle(title);
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{title}</h1>
          {lead !== undefined && <p className="lead">{lead}</p>}
        </div>
        {actions !== undefined && <div className="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Longwire`;
  }, [title]);
}
