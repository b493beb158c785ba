import { AccountServiceService } from '@longwire/contracts/activation/v1/account_service';
import { ActivationServiceService } from '@longwire/contracts/activation/v1/activation_service';
import { ensureBucket, openEventLog, project } from '@longwire/eventlog';
import { bind, connectNats, runParts, serveAdmin, serveGrpc } from '@longwire/service';
import type { Logger, Service } from '@longwire/service';
import { accountHandlers, accountPolicy } from './account-handlers.ts';
import type { AccountEvent } from './account.ts';
import { applicationHandlers, applicationPolicy } from './application-handlers.ts';
import type { Config } from './config.ts';
import { ContactBook } from './contacts.ts';
import type { Context } from './context.ts';
import { IcpDomains } from './icp-domains.ts';
import { foldAccount } from './read-model.ts';
import type { AccountView } from './read-model.ts';

export async function start(config: Config, log: Logger): Promise<Service & { grpcAddress: string }> {
  await using stack = new AsyncDisposableStack();
  const missing = new Set(['accounts', 'domains', 'grpc']);
  stack.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing]));

  const nats = stack.adopt(await connectNats(config.NATS_URL, 'activation', log), (connection) => connection.drain());
  const eventLog = await openEventLog(nats, { name: 'ACTIVATION', subjects: ['activation.>'] });
  const accounts = new Map<string, AccountView>();
  const icpDomains = new IcpDomains();
  const context: Context = {
    log: eventLog,
    accounts,
    projection: project<AccountEvent>(eventLog, (recorded) => foldAccount(accounts, recorded)),
    contacts: new ContactBook(await ensureBucket(nats, 'contacts')),
    icpDomains,
    configProjection: project({ nc: nats, stream: 'CONFIG' }, (recorded) => icpDomains.fold(recorded)),
    timeZone: config.DESK_TIME_ZONE,
  };

  const { failed } = stack.use(runParts([context.projection, context.configProjection]));
  void context.configProjection.caughtUp.then(
    () => missing.delete('domains'),
    () => {},
  );
  await Promise.race([context.projection.caughtUp, failed]);
  missing.delete('accounts');

  const grpc = stack.use(
    await serveGrpc({
      config,
      services: [
        bind(AccountServiceService, accountHandlers(context)),
        bind(ActivationServiceService, applicationHandlers(context)),
      ],
      policy: { ...accountPolicy, ...applicationPolicy },
      log,
    }),
  );
  missing.delete('grpc');
  stack.defer(() => void missing.add('stopping'));

  return Object.assign(stack.move(), { grpcAddress: grpc.address, failed });
}
