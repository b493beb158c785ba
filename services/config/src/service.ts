import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { EdgeServiceService } from '@longwire/contracts/edge/v1/edge_service';
import { ensureBucket, openBucket, openEventLog, project } from '@longwire/eventlog';
import { bind, connectNats, runParts, serveAdmin, serveGrpc } from '@longwire/service';
import type { Logger, Service } from '@longwire/service';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import type { DomainEvent } from './domain.ts';
import { EdgeConfigWriter } from './edge-config.ts';
import { edgeHandlers, edgePolicy } from './edge-handlers.ts';
import { Entitlements } from './entitlements.ts';
import { domainHandlers, policy } from './handlers.ts';
import { foldDomain } from './read-model.ts';
import type { DomainView } from './read-model.ts';

export async function start(config: Config, log: Logger): Promise<Service & { grpcAddress: string }> {
  await using stack = new AsyncDisposableStack();
  const missing = new Set(['domains', 'entitlements', 'grpc']);
  stack.use(await serveAdmin(config.ADMIN_LISTEN, () => [...missing]));

  const nats = stack.adopt(await connectNats(config.NATS_URL, 'config', log), (connection) => connection.drain());
  const eventLog = await openEventLog(nats, { name: 'CONFIG', subjects: ['config.>'] });
  const domains = new Map<string, DomainView>();
  const entitlements = new Entitlements();
  const writer = new EdgeConfigWriter(await ensureBucket(nats, 'edge-config'), (error) =>
    log.warn({ err: error }, 'edge-config is not written; trying again'),
  );
  const context: Context = {
    log: eventLog,
    domains,
    projection: project<DomainEvent>(eventLog, (recorded) => writer.changed(foldDomain(domains, recorded))),
    entitlements,
    activationProjection: project({ nc: nats, stream: 'ACTIVATION' }, (recorded) => entitlements.fold(recorded)),
    edgeStatus: await openBucket(nats, 'edge-status'),
    originAllow: config.ORIGIN_ALLOW,
  };

  const { failed } = stack.use(runParts([context.projection, context.activationProjection, writer]));
  void context.activationProjection.caughtUp.then(
    () => missing.delete('entitlements'),
    () => {},
  );
  await Promise.race([context.projection.caughtUp, failed]);
  missing.delete('domains');

  const grpc = stack.use(
    await serveGrpc({
      config,
      services: [
        bind(DomainServiceService, domainHandlers(context)),
        bind(EdgeServiceService, edgeHandlers(nats, context.edgeStatus)),
      ],
      policy: { ...policy, ...edgePolicy },
      log,
    }),
  );
  missing.delete('grpc');
  stack.defer(() => void missing.add('stopping'));

  return Object.assign(stack.move(), { grpcAddress: grpc.address, failed });
}
