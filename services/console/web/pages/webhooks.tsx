import { useQuery } from '@tanstack/react-query';
import { Webhook_State } from '@longwire/contracts/connect/notifier/v1/webhook';
import type { Webhook } from '@longwire/contracts/connect/notifier/v1/webhook';
import { useState } from 'react';
import { Link } from 'wouter';
import { readProblem, webhookService } from '../api.ts';
import { formText, formTexts } from '../form-text.ts';
import { Badge } from '../parts/badge.tsx';
import { FormDialog } from '../parts/dialog.tsx';
import { TextField } from '../parts/field.tsx';
import { Empty, Loading } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { webhooksQuery } from '../queries.ts';
import { useWrite } from '../use-write.ts';

const eventTypes = {
  'application.approved': 'Application approved',
  'application.rejected': 'Application rejected',
  'entitlement.suspended': 'WebSocket suspended for the account',
  'entitlement.reinstated': 'WebSocket reinstated for the account',
  'websocket.enabled': 'WebSocket enabled on a domain',
  'websocket.disabled': 'WebSocket disabled on a domain',
};

/** The addresses of a customer's own systems that are told what happens. */
export function WebhooksPage() {
  const webhooks = useQuery(webhooksQuery);
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState('');
  const add = (
    <button className="button button-main" type="button" onClick={() => setAdding(true)}>
      Add webhook
    </button>
  );
  return (
    <Page
      title="Webhooks"
      lead="Your own systems, told by a signed HTTP request what happens to your account and its domains."
      actions={add}
    >
      {secret !== '' && <SecretOnce secret={secret} onKept={() => setSecret('')} />}
      {webhooks.isPending && <Loading />}
      {webhooks.isError && <ProblemNote problem={readProblem(webhooks.error)} />}
      {webhooks.data?.length === 0 && <Empty>No webhook yet.</Empty>}
      {webhooks.data !== undefined && webhooks.data.length > 0 && (
        <ul className="list">
          {webhooks.data.map((webhook) => (
            <Row key={webhook.webhookId} webhook={webhook} />
          ))}
        </ul>
      )}
      <AddWebhook isOpen={isAdding} onClose={() => setAdding(false)} onSecret={setSecret} />
    </Page>
  );
}

function Row({ webhook: { webhookId, url, eventTypes: types, state, failuresInARow } }: { webhook: Webhook }) {
  return (
    <li className="row">
      <div>
        <Link className="row-title" href={`/webhooks/${encodeURIComponent(webhookId)}`}>
          {url}
        </Link>
        <p className="muted">
          {types.length === 0 ? 'Everything' : types.join(', ')}
          {failuresInARow > 0 && ` · ${failuresInARow} failed in a row`}
        </p>
      </div>
      <div className="row-end">
        {state === Webhook_State.ENABLED ? <Badge tone="good">On</Badge> : <Badge tone="bad">Switched off</Badge>}
      </div>
    </li>
  );
}

type AddProps = { isOpen: boolean; onClose: () => void; onSecret: (secret: string) => void };

function AddWebhook({ isOpen, onClose, onSecret }: AddProps) {
  const add = useWrite(
    (form: FormData, requestId) =>
      webhookService.createWebhook({ url: formText(form, 'url'), eventTypes: formTexts(form, 'type'), requestId }),
    ['webhooks'],
    ({ secret }) => {
      onSecret(secret);
      onClose();
    },
  );
  return (
    <FormDialog title="Add webhook" verb="Add" write={add} shows={['url']} onSubmit={add.run} {...{ isOpen, onClose }}>
      <TextField
        name="url"
        label="URL"
        hint="https, without a query: requests are signed, so the address needs no secret."
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        error={add.problem?.fields['url']}
      />
      <fieldset className="checks">
        <legend>Told of (nothing checked means everything)</legend>
        {Object.entries(eventTypes).map(([type, text]) => (
          <label key={type} className="check">
            <input type="checkbox" name="type" value={type} />
            {text}
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}
