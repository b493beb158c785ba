import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { accountService, deskService } from '../api.ts';
import { formText } from '../form-text.ts';
import { ConfirmDialog, FormDialog } from '../parts/dialog.tsx';
import { TextArea, TextField } from '../parts/field.tsx';
import { useWrite } from '../use-write.ts';

type Props = { account: Account; isOpen: boolean; onClose: () => void };

const touched = ['account', 'accounts', 'applications'];

/** Records what was seen of an enterprise, and until when that holds: the end of a day. */
export function Verify({ account: { accountId, companyName, etag }, isOpen, onClose }: Props) {
  const verify = useWrite(
    (form: FormData, requestId) => {
      const until = new Date(`${formText(form, 'until')}T23:59:59`);
      const expireTime = Number.isNaN(until.getTime()) ? {} : { expireTime: timestampFromDate(until) };
      const evidence = formText(form, 'evidence');
      return accountService.verifyEnterprise({ accountId, evidence, ...expireTime, etag, requestId });
    },
    touched,
    onClose,
  );
  const fields = verify.problem?.fields ?? {};
  return (
    <FormDialog
      title={`Verify ${companyName}?`}
      verb="Verify"
      write={verify}
      shows={['evidence', 'expire_time']}
      onSubmit={verify.run}
      {...{ isOpen, onClose }}
    >
      <TextField
        name="evidence"
        label="Evidence"
        hint="A reference to what you saw, for example a file number; nothing personal."
        maxLength={500}
        error={fields['evidence']}
      />
      <TextField name="until" label="Holds until" type="date" defaultValue={inAYear()} error={fields['expire_time']} />
    </FormDialog>
  );
}

export function Revoke({ account: { accountId, companyName, etag }, isOpen, onClose }: Props) {
  const revoke = useWrite(
    (form: FormData, requestId) =>
      accountService.revokeEnterpriseVerification({ accountId, reason: formText(form, 'reason'), etag, requestId }),
    touched,
    onClose,
  );
  return (
    <FormDialog
      title={`Revoke the verification of ${companyName}?`}
      lead="It cannot apply until it is verified anew. What is activated stays so; suspend it besides, if it must not."
      verb="Revoke"
      write={revoke}
      shows={['reason']}
      onSubmit={revoke.run}
      {...{ isOpen, onClose }}
    >
      <TextArea name="reason" label="Reason" maxLength={1000} error={revoke.problem?.fields['reason']} />
    </FormDialog>
  );
}

export function Suspend({ account: { accountId, companyName, etag }, isOpen, onClose }: Props) {
  const suspend = useWrite(
    (form: FormData, requestId) =>
      deskService.suspendEntitlement({ accountId, reason: formText(form, 'reason'), etag, requestId }),
    touched,
    onClose,
  );
  return (
    <FormDialog
      title={`Suspend WebSocket for ${companyName}?`}
      lead="It goes off for every domain of the account at once, and live connections are closed. The account reads the reason."
      verb="Suspend"
      write={suspend}
      shows={['reason']}
      onSubmit={suspend.run}
      {...{ isOpen, onClose }}
    >
      <TextArea name="reason" label="Reason" maxLength={1000} error={suspend.problem?.fields['reason']} />
    </FormDialog>
  );
}

export function Reinstate({ account: { accountId, companyName, etag }, isOpen, onClose }: Props) {
  const reinstate = useWrite(
    (_: void, requestId) => deskService.reinstateEntitlement({ accountId, etag, requestId }),
    touched,
    onClose,
  );
  return (
    <ConfirmDialog
      title={`Reinstate WebSocket for ${companyName}?`}
      verb="Reinstate"
      write={reinstate}
      onConfirm={() => reinstate.run()}
      {...{ isOpen, onClose }}
    >
      Every domain of the account is as it was before.
    </ConfirmDialog>
  );
}

function inAYear(): string {
  const now = new Date();
  return new Date(Date.UTC(now.getFullYear() + 1, now.getMonth(), now.getDate())).toISOString().slice(0, 10);
}
