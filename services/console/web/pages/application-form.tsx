import { useInfiniteQuery } from '@tanstack/react-query';
import { activationService } from '../api.ts';
import { formText, formTexts } from '../form-text.ts';
import { TextArea, TextField } from '../parts/field.tsx';
import { Form } from '../parts/form.tsx';
import { domainsQuery } from '../queries.ts';
import { useWrite } from '../use-write.ts';
import { wholeBigInt } from '../whole-number.ts';

/** What an account wants WebSocket for, how much of it, and for which domains. */
export function ApplicationForm({ accountId }: { accountId: string }) {
  const domains = useInfiniteQuery(domainsQuery).data?.pages.flatMap((page) => page.entries) ?? [];
  const submit = useWrite(
    (form: FormData, requestId) =>
      activationService.submitApplication({
        accountId,
        purpose: formText(form, 'purpose'),
        peakBandwidthBps: wholeBigInt(formText(form, 'bandwidth')) * 1_000_000n,
        peakConnections: wholeBigInt(formText(form, 'connections')),
        domains: formTexts(form, 'domains'),
        requestId,
      }),
    ['applications', 'account', 'prerequisites'],
  );
  const fields = submit.problem?.fields ?? {};
  return (
    <Form
      className="card form"
      write={submit}
      remedies={{ ICP_NUMBER: { text: 'Go to your domains', path: '/domains' } }}
      shows={['purpose', 'peak_bandwidth_bps', 'peak_connections']}
      onSubmit={submit.run}
      buttons={
        <button className="button button-main" type="submit" disabled={submit.isRunning}>
          Apply
        </button>
      }
    >
      <TextArea
        name="purpose"
        label="What do you want WebSocket for?"
        hint="In your own words, for example: order book updates for our trading app."
        maxLength={1000}
        error={fields['purpose']}
      />
      <TextField
        name="bandwidth"
        label="Peak bandwidth, Mbit/s"
        hint="The most that you expect, over all domains, both directions together."
        inputMode="numeric"
        error={fields['peak_bandwidth_bps']}
      />
      <TextField
        name="connections"
        label="Peak connections"
        hint="The most that you expect at once."
        inputMode="numeric"
        error={fields['peak_connections']}
      />
      {domains.length > 0 && (
        <fieldset className="checks">
          <legend>Domains</legend>
          <p className="hint">None chosen means all of them.</p>
          {domains.map(({ domainName }) => (
            <label key={domainName} className="check">
              <input type="checkbox" name="domains" value={domainName} />
              {domainName}
            </label>
          ))}
        </fieldset>
      )}
    </Form>
  );
}
