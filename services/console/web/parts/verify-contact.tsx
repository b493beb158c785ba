import { Channel, ContactVerification_State } from '@longwire/contracts/connect/activation/v1/account';
import type { Account } from '@longwire/contracts/connect/activation/v1/account';
import { accountService } from '../api.ts';
import { formText } from '../form-text.ts';
import { useWrite } from '../use-write.ts';
import { Badge } from './badge.tsx';
import { TextField } from './field.tsx';
import { Form } from './form.tsx';
import { ProblemNote } from './problem.tsx';
import { Time } from './time.tsx';

const touched = ['account', 'prerequisites'];

type Props = { account: Account; channel: Channel.SMS | Channel.EMAIL };

/** An address of the account, whether it is verified, and the way there: have a code sent, type it in. */
export function VerifyContact({ account, channel }: Props) {
  const { accountId, contacts } = account;
  const isSms = channel === Channel.SMS;
  const address = (isSms ? contacts?.phoneNumber : contacts?.email) ?? '';
  const check = isSms ? account.phoneVerification : account.emailVerification;
  const send = useWrite(
    (_: void, requestId) => accountService.requestContactVerification({ accountId, channel, requestId }),
    touched,
  );
  const what = isSms ? 'phone number' : 'email address';
  if (address === '') return <span className="muted">None given</span>;
  if (check?.state === ContactVerification_State.VERIFIED)
    return (
      <>
        {address} <Badge tone="good">Verified</Badge>
      </>
    );
  const isSent = check?.state === ContactVerification_State.REQUESTED;
  return (
    <div className="verify">
      <p>
        {address} <Badge tone="wait">Not verified</Badge>
      </p>
      {isSent && (
        <>
          <p className="hint">
            A code was sent to it, good until <Time value={check.expireTime} />.
          </p>
          <EnterCode accountId={accountId} verificationId={check.verificationId} what={what} />
        </>
      )}
      <button
        className={isSent ? 'button button-small' : 'button button-small button-main'}
        type="button"
        aria-label={`${isSent ? 'Send another code' : 'Send a code'} to the ${what}`}
        disabled={send.isRunning}
        onClick={() => send.run()}
      >
        {isSent ? 'Send another code' : 'Send a code'}
      </button>
      <ProblemNote problem={send.problem} />
    </div>
  );
}

type EnterProps = { accountId: string; verificationId: string; what: string };

function EnterCode({ accountId, verificationId, what }: EnterProps) {
  const confirm = useWrite(
    (code: string, requestId) =>
      accountService.confirmContactVerification({ accountId, verificationId, code, requestId }),
    touched,
  );
  return (
    <Form
      write={confirm}
      shows={['code']}
      onSubmit={(form) => confirm.run(formText(form, 'code'))}
      buttons={
        <button
          className="button button-small button-main"
          type="submit"
          aria-label={`Confirm the ${what}`}
          disabled={confirm.isRunning}
        >
          Confirm
        </button>
      }
    >
      <TextField
        name="code"
        label={`Code sent to the ${what}`}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={6}
        error={confirm.problem?.fields['code']}
      />
    </Form>
  );
}
