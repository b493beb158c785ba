import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { useState } from 'react';
import { deskService } from '../api.ts';
import { formText } from '../form-text.ts';
import { FormDialog } from '../parts/dialog.tsx';
import { TextArea } from '../parts/field.tsx';
import { Time } from '../parts/time.tsx';
import { useWrite } from '../use-write.ts';

type Props = { application: Application; mayWrite: boolean };

/** What reviewers tell each other about an application. */
export function ApplicationNotes({ application, mayWrite }: Props) {
  const { accountId, applicationId, companyName, notes } = application;
  const [isWriting, setWriting] = useState(false);
  const close = () => setWriting(false);
  const write = useWrite(
    (form: FormData, requestId) =>
      deskService.noteApplication({ accountId, applicationId, note: formText(form, 'note'), requestId }),
    ['applications'],
    close,
  );
  return (
    <>
      {notes.length > 0 && (
        <ul className="notes" aria-label={`Notes on ${companyName}`}>
          {notes.map(({ note, author, time }) => (
            <li key={`${author}:${String(time?.seconds)}:${note}`}>
              <p className="purpose">{note}</p>
              <p className="muted">
                {author}, <Time value={time} />
              </p>
            </li>
          ))}
        </ul>
      )}
      {mayWrite && (
        <button
          className="button button-small"
          type="button"
          aria-label={`Add note on ${companyName}`}
          onClick={() => setWriting(true)}
        >
          Add note
        </button>
      )}
      <FormDialog
        title={`Note on ${companyName}`}
        lead="Reviewers see it, the applicant does not. It is kept for ever: write nothing personal."
        verb="Add"
        isOpen={isWriting}
        onClose={close}
        write={write}
        shows={['note']}
        onSubmit={write.run}
      >
        <TextArea name="note" label="Note" maxLength={2000} error={write.problem?.fields['note']} />
      </FormDialog>
    </>
  );
}
