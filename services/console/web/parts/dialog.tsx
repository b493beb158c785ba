import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import type { Write } from '../use-write.ts';
import { ProblemNote } from './problem.tsx';

type FormProps = {
  title: string;
  lead?: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  /** The word on the button that does it. */
  verb: string;
  write: Pick<Write<never>, 'isRunning' | 'problem' | 'reset'>;
  onSubmit: (form: FormData) => void;
  children: ReactNode;
};

/** A form over the page. It stays open until its write went well; Escape, the backdrop and Cancel leave it. */
export function FormDialog({ title, lead, isOpen, onClose, verb, write, onSubmit, children }: FormProps) {
  const close = () => {
    write.reset();
    onClose();
  };
  const hasFieldErrors = Object.keys(write.problem?.fields ?? {}).length > 0;
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{title}</Dialog.Title>
          {lead !== undefined && <Dialog.Description className="lead">{lead}</Dialog.Description>}
          <form
            noValidate
            onSubmit={(event) => {
              event.preventDefault();
              onSubmit(new FormData(event.currentTarget));
            }}
          >
            {children}
            {!hasFieldErrors && <ProblemNote problem={write.problem} />}
            <div className="dialog-buttons">
              <Dialog.Close className="button">Cancel</Dialog.Close>
              <button className="button button-main" type="submit" disabled={write.isRunning}>
                {verb}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

type ConfirmProps = {
  title: string;
  children: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  verb: string;
  write: Pick<Write<never>, 'isRunning' | 'problem' | 'reset'>;
  onConfirm: () => void;
};

/** Asks before something that cannot be taken back; it says what will happen, and its button says it again. */
export function ConfirmDialog({ title, children, isOpen, onClose, verb, write, onConfirm }: ConfirmProps) {
  const close = () => {
    write.reset();
    onClose();
  };
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(open) => !open && close()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">{title}</AlertDialog.Title>
          <AlertDialog.Description className="lead">{children}</AlertDialog.Description>
          <ProblemNote problem={write.problem} />
          <div className="dialog-buttons">
            <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
            <button className="button button-bad" type="button" disabled={write.isRunning} onClick={onConfirm}>
              {verb}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
