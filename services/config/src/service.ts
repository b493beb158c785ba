import { DomainError } from '@longwire/contracts';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { EdgeServiceService } from '@longwire/contracts/edge/v1/edge_service';
import { ensureBucket, followBucket, openBucket, openEventLog, project } from '@longwire/eventlog';
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
import { Accounts } from './accounts.ts';
import { Changes } from './changes.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import { EdgeConfigWriter } from './edge-config.ts';
import { edgeHandlers, edgePolicy } from './edge-handlers.ts';
import { FollowAccounts } from './follow-accounts.ts';
import { domainHandlers, policy } from './handlers.ts';
import type { DomainEvent } from './domain-state.ts';
import { foldDomain } from './read-model.ts';
import type { DomainView } from './read-model.ts';
import { Rollouts } from './rollouts.ts';

export async function start(
  config: Config,
  log: Logger,
): Promise<Service & { grpcAddress: string; adminAddress: string }> {
  await using stack = new AsyncDisposableStack();
  const missing = new Set(['domains', 'entitlements', 'grpc']);
  const registry = createRegistry();
  const admin = stack.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing], registry));

  const nats = stack.adopt(await connectNats(config.NATS_URL, 'config', log), (connection) => connection.drain());
  const leftOut = (stream: string) => config.EVENTLOG_LEAVE_OUT.get(stream) ?? new Set<number>();
  const onUnreadable = reportUnreadable(log, registry, missing);
  const eventLog = await openEventLog(nats, { name: 'CONFIG', subjects: ['config.>'] }, { leftOut: leftOut('CONFIG') });

  const domains = new Map<string, DomainView>();
  const changes = new Changes();
  const accounts = new Accounts();
  const rollouts = new Rollouts();
  const writer = new EdgeConfigWriter(await ensureBucket(nats, 'edge-config'), (error) =>
    log.warn({ err: error }, 'edge-config is not written; trying again'),
  );
  const projection = project<DomainEvent>(
    eventLog,
    (recorded) => {
      const { view, accountBefore } = foldDomain(domains, recorded);
      changes.add(view, accountBefore);
      writer.changed(view);
      followers.domainChanged(view);
    },
    { onUnreadable },
  );
  const activationProjection = project(
    { nc: nats, stream: 'ACTIVATION', leftOut: leftOut('ACTIVATION') },
    (recorded) => {
      const accountId = accounts.fold(recorded);
      if (accountId !== undefined) followers.accountChanged(accountId);
    },
    { onUnreadable },
  );
  const followers = new FollowAccounts({
    log: eventLog,
    domains,
    accounts,
    caughtUp: Promise.all([projection.caughtUp, activationProjection.caughtUp]),
    onRetry: (error) => log.warn({ err: error }, 'a domain does not follow its account yet; trying again'),
  });
  const reports = followBucket(nats, 'edge-status', (entry) => {
    try {
      rollouts.fold(entry);
    } catch (error) {
      // One edge's nonsense says nothing of the others.
      log.warn({ err: error, edge: entry.key }, 'a report of an edge cannot be read');
    }
  });
  const context: Context = {
    log: eventLog,
    domains,
    projection,
    changes,
    accounts,
    activationProjection,
    rollouts,
    originAllow: config.ORIGIN_ALLOW,
    dnsServers: config.DNS_SERVERS,
  };

  const { failed } = stack.use(runParts([projection, activationProjection, writer, followers, reports]));
  void activationProjection.caughtUp.then(
    () => missing.delete('entitlements'),
    () => {},
  );
  // A service that has not read all domains answers nobody; if a message cannot be read it waits for the operator.
  await Promise.race([projection.caughtUp.catch(() => new Promise<never>(() => {})), failed]);
  missing.delete('domains');

  const edgeStatus = await openBucket(nats, 'edge-status');
  const grpc = stack.use(
    await serveGrpc({
      config,
      services: [
        bind(DomainServiceService, domainHandlers(context)),
        bind(EdgeServiceService, edgeHandlers(nats, edgeStatus)),
      ],
      policy: { ...policy, ...edgePolicy },
      log,
    }),
  );
  missing.delete('grpc');
  stack.defer(() => {
    missing.add('stopping');
    changes.close(stopping());
  });

  return Object.assign(stack.move(), { grpcAddress: grpc.address, adminAddress: admin.address, failed });
}

/** What those hear who watch. */
function stopping(): DomainError {
  return new DomainError('UNAVAILABLE', 'STOPPING', 'the service is stopping; go on with your resume token');
}
