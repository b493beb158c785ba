import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import type { Write } from '../use-write.ts';
import { Form } from './form.tsx';
import type { FormProps } from './form.tsx';
import { ProblemNote } from './problem.tsx';

type FormDialogProps = FormProps & {
  title: string;
  lead?: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  /** The word on the button that does it. */
  verb: string;
  write: Pick<Write<never>, 'reset'>;
};

/**
 * A form over the page. It stays open until its write went well; Escape and Cancel leave it. A click beside it does not:
 * what was written would be gone, and the second click of a double click is one.
 */
export function FormDialog({ title, lead, isOpen, onClose, verb, ...form }: FormDialogProps) {
  const { write } = form;
  const close = () => {
    write.reset();
    onClose();
  };
  const buttons = (
    <div className="dialog-buttons">
      <Dialog.Close className="button">Cancel</Dialog.Close>
      <button className="button button-main" type="submit" disabled={write.isRunning}>
        {verb}
      </button>
    </div>
  );
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && close()} disablePointerDismissal>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{title}</Dialog.Title>
          {lead !== undefined && <Dialog.Description className="lead">{lead}</Dialog.Description>}
          <Form {...form} buttons={buttons} />
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
