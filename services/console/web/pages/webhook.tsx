import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Webhook_State } from '@longwire/contracts/connect/notifier/v1/webhook';
import type { Webhook } from '@longwire/contracts/connect/notifier/v1/webhook';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { readProblem, webhookService } from '../api.ts';
import { ConfirmDialog } from '../parts/dialog.tsx';
import { Loading } from '../parts/loading.tsx';
import { MessageRow } from '../parts/message-row.tsx';
import { Page } from '../parts/page.tsx';
import { PagesOf } from '../parts/pages-of.tsx';
import { ProblemNote } from '../parts/problem.tsx';
import { SecretOnce } from '../parts/secret-once.tsx';
import { deliveriesQuery, webhooksQuery } from '../queries.ts';
import { useWrite } from '../use-write.ts';

/** One webhook: what it was told, and what can be done with it. */
export function WebhookPage({ webhookId }: { webhookId: string }) {
  const webhooks = useQuery(webhooksQuery);
  const webhook = webhooks.data?.find((candidate) => candidate.webhookId === webhookId);
  const deliveries = useInfiniteQuery({ ...deliveriesQuery(webhookId), enabled: webhook !== undefined });
  if (webhooks.isPending) return <Loading />;
  if (!webhook)
    return (
      <Page title="Webhook" lead="There is no such webhook.">
        {webhooks.isError && <ProblemNote problem={readProblem(webhooks.error)} />}
      </Page>
    );
  return (
    <Page title="Webhook" lead={webhook.url}>
      <Actions webhook={webhook} />
      <h2>Deliveries</h2>
      <PagesOf query={deliveries} empty="It has not been told anything yet. Send a test.">
        {(entries) => (
          <ul className="list">
            {entries.map((notification) => (
              <MessageRow key={notification.notificationId} notification={notification} />
            ))}
          </ul>
        )}
      </PagesOf>
    </Page>
  );
}

function Actions({ webhook: { webhookId, state, disabledReason } }: { webhook: Webhook }) {
  const [secret, setSecret] = useState('');
  const test = useWrite((_: void, requestId) => webhookService.testWebhook({ webhookId, requestId }), ['deliveries']);
  const enable = useWrite((_: void, requestId) => webhookService.enableWebhook({ webhookId, requestId }), ['webhooks']);
  const rotate = useWrite(
    (_: void, requestId) => webhookService.rotateSecret({ webhookId, requestId }),
    ['webhooks'],
    ({ secret: made }) => setSecret(made),
  );
  const isOff = state === Webhook_State.DISABLED;
  return (
    <>
      {isOff && (
        <div className="note note-bad">
          <p>It is switched off and told nothing: {disabledReason}.</p>
        </div>
      )}
      {secret !== '' && <SecretOnce secret={secret} onKept={() => setSecret('')} />}
      <div className="actions">
        <button className="button button-main" type="button" disabled={test.isRunning} onClick={() => test.run()}>
          Send a test
        </button>
        {isOff && (
          <button className="button" type="button" disabled={enable.isRunning} onClick={() => enable.run()}>
            Switch on again
          </button>
        )}
        <button className="button" type="button" disabled={rotate.isRunning} onClick={() => rotate.run()}>
          New secret
        </button>
        <Delete webhookId={webhookId} />
      </div>
      {[test, enable, rotate].map(({ problem }, index) => (
        <ProblemNote key={index} problem={problem} />
      ))}
    </>
  );
}

function Delete({ webhookId }: { webhookId: string }) {
  const [, navigate] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const remove = useWrite(
    (_: void, requestId) => webhookService.deleteWebhook({ webhookId, requestId }),
    ['webhooks'],
    () => navigate('/webhooks'),
  );
  return (
    <>
      <button className="button button-bad" type="button" onClick={() => setAsking(true)}>
        Delete
      </button>
      <ConfirmDialog
        title="Delete the webhook"
        verb="Delete webhook"
        write={remove}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.run()}
      >
        It is told nothing more, and its secret is gone for good.
      </ConfirmDialog>
    </>
  );
}
