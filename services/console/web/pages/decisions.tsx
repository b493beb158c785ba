import type { Application } from '@longwire/contracts/connect/activation/v1/application';
import { activationService } from '../api.ts';
import { formText } from '../form-text.ts';
import { FormDialog } from '../parts/dialog.tsx';
import { TextArea, TextField } from '../parts/field.tsx';
import { useWrite } from '../use-write.ts';
import { wholeBigInt } from '../whole-number.ts';

/** Which answer to which application, as the reviewer saw it, is being given. */
export type Decide = { answer: 'approve' | 'reject'; application: Application };

type Props = { decision: Decide | undefined; onClose: () => void };

const touched = ['applications', 'accounts', 'account'];

/** Approves with limits; what the applicant expects is proposed. */
export function Approve({ decision, onClose }: Props) {
  const application = decision?.answer === 'approve' ? decision.application : undefined;
  const approve = useWrite(
    ({ form, application: { accountId, applicationId, etag } }: Answer, requestId) =>
      activationService.approveApplication({
        accountId,
        applicationId,
        limits: {
          bandwidthBps: wholeBigInt(formText(form, 'bandwidth')) * 1_000_000n,
          connections: wholeBigInt(formText(form, 'connections')),
        },
        etag,
        requestId,
      }),
    touched,
    onClose,
  );
  const fields = approve.problem?.fields ?? {};
  return (
    <FormDialog
      title={`Approve ${application?.companyName ?? ''}?`}
      lead="The account may enable WebSocket from now on, up to these limits. The applicant hears of it at once."
      verb="Approve"
      isOpen={application !== undefined}
      onClose={onClose}
      write={approve}
      shows={['limits.bandwidth_bps', 'limits.connections']}
      onSubmit={(form) => application && approve.run({ form, application })}
    >
      <TextField
        name="bandwidth"
        label="Bandwidth, Mbit/s"
        hint="0 is no limit."
        inputMode="numeric"
        defaultValue={String((application?.peakBandwidthBps ?? 0n) / 1_000_000n)}
        error={fields['limits.bandwidth_bps']}
      />
      <TextField
        name="connections"
        label="Connections"
        hint="0 is no limit."
        inputMode="numeric"
        defaultValue={String(application?.peakConnections ?? 0n)}
        error={fields['limits.connections']}
      />
    </FormDialog>
  );
}

/** Rejects with a reason, and with what to mend. */
export function Reject({ decision, onClose }: Props) {
  const application = decision?.answer === 'reject' ? decision.application : undefined;
  const reject = useWrite(
    ({ form, application: { accountId, applicationId, etag } }: Answer, requestId) =>
      activationService.rejectApplication({
        accountId,
        applicationId,
        reason: formText(form, 'reason'),
        mend: formText(form, 'mend')
          .split('\n')
          .map((point) => point.trim())
          .filter((point) => point !== ''),
        etag,
        requestId,
      }),
    touched,
    onClose,
  );
  const fields = reject.problem?.fields ?? {};
  const mend = Object.entries(fields).find(([field]) => field.startsWith('mend'))?.[1];
  return (
    <FormDialog
      title={`Reject ${application?.companyName ?? ''}?`}
      lead="The applicant reads this in a text message and an email, and may apply again."
      verb="Reject"
      isOpen={application !== undefined}
      onClose={onClose}
      write={reject}
      shows={['reason', 'mend']}
      onSubmit={(form) => application && reject.run({ form, application })}
    >
      <TextArea name="reason" label="Reason" maxLength={1000} error={fields['reason']} />
      <TextArea
        name="mend"
        label="What to mend"
        hint="So that the next application can be approved: a line for each point, or nothing."
        error={mend}
      />
    </FormDialog>
  );
}

type Answer = { form: FormData; application: Application };
