import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { DeskServiceService } from '@longwire/contracts/activation/v1/desk_service';
import { ensureBucket, openEventLog, project } from '@longwire/eventlog';
import {
  bind,
  connectNats,
  createRegistry,
  reportUnreadable,
  runParts,
  serveAdmin,
  serveGrpc,
} from '@longwire/service';
import type { Logger, Service } from '@longwire/service';
import { AccountDomains } from './account-domains.ts';
import { accountHandlers, accountPolicy } from './account-handlers.ts';
import { applicationHandlers, applicationPolicy } from './application-handlers.ts';
import type { Config } from './config.ts';
import { ContactBook } from './contacts.ts';
import type { Context } from './context.ts';
import { DeskClock } from './desk-clock.ts';
import { deskHandlers, deskPolicy } from './desk-handlers.ts';
import { Eraser } from './eraser.ts';
import type { AccountEvent } from './events.ts';
import { countUncovered, exposeDesk } from './metrics.ts';
import { ReadModel } from './read-model.ts';
import { Reminders } from './reminders.ts';
import { TimeZone } from './time-zone.ts';
import { codesTtlMs, VerificationCodes } from './verification-codes.ts';

export async function start(
  config: Config,
  log: Logger,
): Promise<Service & { grpcAddress: string; adminAddress: string }> {
  await using stack = new AsyncDisposableStack();
  const missing = new Set(['accounts', 'domains', 'grpc']);
  const model = new ReadModel();
  const registry = createRegistry();
  exposeDesk(registry, model);
  const admin = stack.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing], registry));

  const nats = stack.adopt(await connectNats(config.NATS_URL, 'activation', log), (connection) => connection.drain());
  const leftOut = (stream: string) => config.EVENTLOG_LEAVE_OUT.get(stream) ?? new Set<number>();
  const onUnreadable = reportUnreadable(log, registry, missing);
  const eventLog = await openEventLog(
    nats,
    { name: 'ACTIVATION', subjects: ['activation.>'] },
    { leftOut: leftOut('ACTIVATION') },
  );
  const contacts = new ContactBook(await ensureBucket(nats, 'contacts'));
  const codes = new VerificationCodes(await ensureBucket(nats, 'verification-codes', { ttl: codesTtlMs }));
  const domains = new AccountDomains();
  const clock = new DeskClock(config.DESK_CALENDAR, new TimeZone(config.DESK_TIME_ZONE));
  const uncovered = countUncovered(registry);

  const eraser = new Eraser(contacts, (error) => log.warn({ err: error }, 'contacts are not erased; trying again'));
  const projection = project<AccountEvent>(
    eventLog,
    (recorded) => {
      eraser.changed(model.fold(recorded));
      reminders.changed();
    },
    { onUnreadable },
  );
  const onRetry = (error: unknown) => log.warn({ err: error }, 'the desk is not reminded; trying again');
  const reminders = new Reminders({ log: eventLog, model, projection, clock, onRetry });
  const context: Context = {
    log: eventLog,
    model,
    projection,
    contacts,
    codes,
    domains,
    configProjection: project(
      { nc: nats, stream: 'CONFIG', leftOut: leftOut('CONFIG') },
      (recorded) => domains.fold(recorded),
      { onUnreadable },
    ),
    dueTime(submitted) {
      const due = clock.dueTime(submitted);
      if (!clock.covers(due)) {
        uncovered.inc();
        log.warn({ calendar: config.DESK_CALENDAR.name, due }, 'due on a day that the calendar does not cover');
      }
      return due;
    },
  };

  const { failed } = stack.use(runParts([projection, context.configProjection, reminders, eraser]));
  void context.configProjection.caughtUp.then(
    () => missing.delete('domains'),
    () => {},
  );
  // A service that has not read all accounts answers nobody; if a message cannot be read it waits for the operator.
  await Promise.race([projection.caughtUp.catch(() => new Promise<never>(() => {})), failed]);
  missing.delete('accounts');

  const grpc = stack.use(
    await serveGrpc({
      config,
      services: [
        bind(AccountServiceService, accountHandlers(context)),
        bind(ActivationServiceService, applicationHandlers(context)),
        bind(DeskServiceService, deskHandlers(context)),
      ],
      policy: { ...accountPolicy, ...applicationPolicy, ...deskPolicy },
      log,
    }),
  );
  missing.delete('grpc');
  log.info({ grpc: grpc.address, admin: admin.address }, 'serving');
  stack.defer(() => void missing.add('stopping'));

  return Object.assign(stack.move(), { grpcAddress: grpc.address, adminAddress: admin.address, failed });
}
