import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@longwire/contracts';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { append, ensureStream, openEventLog } from '@longwire/eventlog';
import { connectNats, createLogger } from '@longwire/service';
import { freePort, startIssuer, startNats } from '@longwire/testing';
import { WebSocketServer } from 'ws';
import { startServiceProcess } from '../../services/config/test/service-process.ts';
import { startEdgeProcess } from '../../services/edge/test/edge-process.ts';

export const nameOf = (index: number) => `d${index}.bench.example.com`;

/** config with so many domains, all of them enabled, and edges that run them all; each a process of its own. */
export async function startWorld(domainCount: number, edgeCount: number) {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const issuer = stack.use(await startIssuer());
  const folder = await mkdtemp(join(tmpdir(), 'longwire-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const connection = stack.adopt(await connectNats(nats.url, 'bench', createLogger('bench', 'silent')), (each) =>
    each.close(),
  );
  const origin = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(origin, 'listening');
  stack.defer(() => origin.close());
  const originPort = (origin.address() as AddressInfo).port;

  await ensureStream(connection, { name: 'SAMPLES', subjects: ['samples.*'] });
  const activation = await openEventLog(connection, { name: 'ACTIVATION', subjects: ['activation.>'] });
  const meta = () => ({ commandId: randomUUID(), actor: 'bench', time: new Date() });
  const activated = [{ type: 'AccountCreated' }, { type: 'ApplicationApproved' }];
  await append(activation, 'activation.account.bench', activated, { expectedSequence: 0, meta: meta() });
  const log = await openEventLog(connection, { name: 'CONFIG', subjects: ['config.>'] });
  for (let from = 0; from < domainCount; from += 500) {
    const some = Array.from({ length: Math.min(500, domainCount - from) }, (_, index) => nameOf(from + index));
    await Promise.all(
      some.map((domainName) => {
        const events = [
          { type: 'DomainAdded', domainName, accountId: 'bench' },
          { type: 'OriginsSet', origins: [{ host: '127.0.0.1', httpPort: originPort, httpsPort: originPort }] },
          { type: 'WebSocketEnabled' },
        ];
        const subject = `config.domain.${domainName.replaceAll('.', '_')}`;
        return append(log, subject, events, { expectedSequence: 0, meta: meta() });
      }),
    );
  }

  const startedAt = performance.now();
  const env = { NATS_URL: nats.url, ORIGIN_ALLOW: '127.0.0.0/8', ...issuer.env };
  const config = stack.use(await startServiceProcess(env));
  if (!(await config.ready())) throw new Error('config did not start');
  const edges = await Promise.all(
    Array.from({ length: edgeCount }, async (_, index) => {
      const port = await freePort();
      const edge = stack.use(
        await startEdgeProcess({
          NATS_URL: nats.url,
          EDGE_LISTEN: `127.0.0.1:${port}`,
          EDGE_ID: `bench-${index}`,
          EDGE_STATE_DIR: join(folder, String(index)),
          EDGE_WORKERS: '1',
        }),
      );
      return { port, admin: edge.admin };
    }),
  );
  await Promise.all(edges.map(({ admin }) => reached(admin, domainCount)));
  const filledMs = performance.now() - startedAt;
  const token = await issuer.token({ roles: ['customer'], account: 'bench' });
  const domains = createClient(DomainServiceService, config.grpcAddress, { token: () => token });
  const parts = stack.move();
  return {
    domains,
    edgePorts: edges.map(({ port }) => port),
    /** From the start of config and edges until every edge ran every domain, in milliseconds. */
    filledMs,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

async function reached(admin: string, version: number): Promise<void> {
  for (;;) {
    const metrics = await fetch(`${admin}/metrics`).then((answer) => answer.text());
    if (Number(/^longwire_edge_config_version (\d+)/m.exec(metrics)?.[1] ?? 0) >= version) return;
    await sleep(100);
  }
}
