import { NotificationServiceService } from '@longwire/contracts/notifier/v1/notification_service';
import { deadLetters, ensureStream, openEventLog, project } from '@longwire/eventlog';
import { bind, connectNats, createRegistry, runParts, serveAdmin, serveGrpc } from '@longwire/service';
import type { Logger, Service } from '@longwire/service';
import { Counter } from 'prom-client';
import { reviewDesk } from './config.ts';
import type { Config } from './config.ts';
import { findContactsIn } from './contacts.ts';
import { deliverNotifications } from './deliver.ts';
import { createMailer } from './email.ts';
import { createHandlers, policy } from './handlers.ts';
import { NotificationList } from './list.ts';
import type { NotificationEvent } from './notification.ts';
import { queueTellings } from './queue.ts';
import { findRecipientsIn } from './recipients.ts';
import { findCodesIn } from './verification-codes.ts';

export async function start(config: Config, logger: Logger): Promise<Service & { grpcAddress: string }> {
  await using stack = new AsyncDisposableStack();
  const missing = new Set(['notifications', 'grpc']);
  const registry = createRegistry();
  const attempts = new Counter({
    name: 'longwire_notifier_attempts_total',
    help: 'Attempts to give a message to the mail relay or the SMS provider, by outcome: sent, retried, failed.',
    labelNames: ['channel', 'outcome'],
    registers: [registry],
  });
  const admin = stack.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing], registry));

  const nats = stack.adopt(await connectNats(config.NATS_URL, 'notifier', logger), (connection) => connection.drain());
  await ensureStream(nats, deadLetters());
  const log = await openEventLog(nats, { name: 'NOTIFY', subjects: ['notify.>'] });
  const list = new NotificationList();
  const onRetry = (error: unknown) => logger.warn({ err: error }, 'waiting for the event log');
  const projection = project<NotificationEvent>(log, (recorded) => list.fold(recorded), { onRetry });
  const mailer = stack.use(createMailer(config.SMTP_URL, config.MAIL_FROM));
  const desk = reviewDesk(config);

  const parts = runParts([
    projection,
    queueTellings({ log, desk, onRetry }),
    deliverNotifications({
      log,
      findRecipient: findRecipientsIn(findContactsIn(nats), desk),
      findCode: findCodesIn(nats),
      mailer,
      sms: { url: config.SMS_URL, secret: config.SMS_SECRET },
      retryBaseMs: config.NOTIFIER_RETRY_BASE_MS,
      maxAttempts: config.NOTIFIER_MAX_ATTEMPTS,
      count: (channel, outcome) => attempts.inc({ channel, outcome }),
      logger,
    }),
  ]);
  const { failed } = stack.use(parts);
  await Promise.race([projection.caughtUp, failed]);
  missing.delete('notifications');

  const grpc = stack.use(
    await serveGrpc({
      config,
      services: [bind(NotificationServiceService, createHandlers({ log, list, projection }))],
      policy,
      log: logger,
    }),
  );
  logger.info({ grpc: grpc.address, admin: admin.address }, 'serving');
  missing.delete('grpc');
  stack.defer(() => void missing.add('stopping'));

  return Object.assign(stack.move(), { grpcAddress: grpc.address, failed });
}
