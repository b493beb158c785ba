import { readFileSync } from 'node:fs';
import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { WebhookServiceService } from '@longwire/contracts/notifier/v1/webhook_service';
import { deadLetters, ensureBucket, ensureStream, openEventLog, project } from '@longwire/eventlog';
import { bind, connectNats, createRegistry, runParts, serveAdmin, serveGrpc } from '@longwire/service';
import type { Logger, Service } from '@longwire/service';
import { limitsIn, reviewDesk } from './config.ts';
import type { Config } from './config.ts';
import { findContactsIn } from './contacts.ts';
import { deliverNotifications } from './deliver.ts';
import { createMailer } from './email.ts';
import { createHandlers, policy } from './handlers.ts';
import { createMetrics } from './metrics.ts';
import { queueDomainEvents } from './queue-domains.ts';
import { queueToWebhooks } from './queue-webhooks.ts';
import { queueTellings } from './queue.ts';
import { ReadModel } from './read-model.ts';
import type { StoredEvent } from './read-model.ts';
import { receiptRecorder } from './receipt-recorder.ts';
import { serveReceipts } from './receipts.ts';
import { findRecipientsIn } from './recipients.ts';
import { smsProvider } from './sms-providers.ts';
import { watchTellings } from './telling-watch.ts';
import { findCodesIn } from './verification-codes.ts';
import { webhookSender } from './webhook-delivery.ts';
import { disableBroken, tellDisabled } from './webhook-disabling.ts';
import { createWebhookHandlers, webhookPolicy } from './webhook-handlers.ts';
import { WebhookSecrets } from './webhook-secrets.ts';
import { waitBeforeSending } from './when-to-send.ts';

export async function start(config: Config, logger: Logger): Promise<Service & { grpcAddress: string }> {
  await using stack = new AsyncDisposableStack();
  const missing = new Set(['notifications', 'grpc']);
  const registry = createRegistry();
  const metrics = createMetrics(registry);
  const admin = stack.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing], registry));

  const nats = stack.adopt(await connectNats(config.NATS_URL, 'notifier', logger), (connection) => connection.drain());
  await ensureStream(nats, deadLetters());
  const log = await openEventLog(nats, { name: 'NOTIFY', subjects: ['notify.>'] });
  const onRetry = (error: unknown) => logger.warn({ err: error }, 'waiting for the event log');
  const secrets = new WebhookSecrets(await ensureBucket(nats, 'webhook-secrets'));
  const model = new ReadModel(limitsIn(config));
  const { list, book, limits } = model;
  const projection = project<StoredEvent>(log, (recorded) => model.fold(recorded), { onRetry });
  const desk = reviewDesk(config);
  const { sms, readReceipts } = smsProvider(config);
  const mailer = stack.use(createMailer(config.SMTP_URL, config.MAIL_FROM, dkimIn(config)));
  const toWebhooks = queueToWebhooks(log, book, projection);
  const { WEBHOOK_ALLOW: allow } = config;
  const limitMs = config.TELLING_LIMIT_SECONDS * 1000;

  const parts = runParts([
    projection,
    queueTellings({ log, desk, toWebhooks, onRetry }),
    queueDomainEvents({ log, toWebhooks, onRetry }),
    tellDisabled(log, onRetry),
    deliverNotifications({
      log,
      findRecipient: findRecipientsIn(findContactsIn(nats), desk),
      findCode: findCodesIn(nats),
      mailer,
      sms,
      sendWebhook: webhookSender(log, secrets, allow),
      disableBroken: disableBroken(log, book, projection, config.WEBHOOK_MAX_FAILURES),
      waitMs: waitBeforeSending(limits, config),
      retryBaseMs: config.NOTIFIER_RETRY_BASE_MS,
      maxAttempts: config.NOTIFIER_MAX_ATTEMPTS,
      onAttempt: metrics.attempted,
      logger,
    }),
    watchTellings({ entries: () => list.all(), ready: projection.caughtUp, limitMs, onLook: metrics.untold, logger }),
  ]);
  const { failed } = stack.use(parts);
  await Promise.race([projection.caughtUp, failed]);
  missing.delete('notifications');

  const receipts =
    config.RECEIPTS_LISTEN &&
    stack.use(await serveReceipts(config.RECEIPTS_LISTEN, readReceipts, receiptRecorder(log, metrics), logger));
  const grpc = stack.use(
    await serveGrpc({
      config,
      services: [
        bind(NotificationServiceService, createHandlers({ log, list, projection, limitMs, timeZone: desk.timeZone })),
        bind(WebhookServiceService, createWebhookHandlers({ log, list, book, projection, secrets, allow })),
      ],
      policy: { ...policy, ...webhookPolicy },
      log: logger,
    }),
  );
  logger.info({ grpc: grpc.address, admin: admin.address, receipts: receipts?.address }, 'serving');
  missing.delete('grpc');
  stack.defer(() => void missing.add('stopping'));

  return Object.assign(stack.move(), { grpcAddress: grpc.address, failed });
}

function dkimIn({ DKIM_SELECTOR, DKIM_PRIVATE_KEY_FILE }: Config) {
  if (DKIM_SELECTOR === undefined || DKIM_PRIVATE_KEY_FILE === undefined) return undefined;
  return { selector: DKIM_SELECTOR, privateKey: readFileSync(DKIM_PRIVATE_KEY_FILE, 'utf8') };
}
