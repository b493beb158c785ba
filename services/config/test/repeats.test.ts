import { randomUUID } from 'node:crypto';
import { createClient } from '@longwire/contracts';
import { DomainServiceService } from '@longwire/contracts/config/v1/domain_service';
import { history, openEventLog } from '@longwire/eventlog';
import type { DomainEvent, EventLog } from '@longwire/eventlog';
import { startNats } from '@longwire/testing';
import { connect, headers } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { challengeOf } from '../src/ownership.ts';
import { changes, freshName } from './rpcs.ts';
import { origin, startWorld } from './world.ts';
import type { World } from './world.ts';

// A caller whose answer was lost sends the command again: to another instance, after a restart, after a backup was restored.

let world: World;
let log: EventLog;
let token: string;

beforeAll(async () => {
  world = await startWorld();
  await world.activate('acme');
  log = await openEventLog(world.connection, { name: 'CONFIG', subjects: ['config.>'] });
  token = await world.issuer.token({ roles: ['customer', 'reviewer', 'operator'], account: 'acme' });
});

afterAll(() => world[Symbol.asyncDispose]());

const domainsAt = (address: string) =>
  createClient(DomainServiceService, address, { token: () => token, deadlineMs: 25_000 });

type Domains = ReturnType<typeof domainsAt>;
type Command = { type: string; domainName: string; requestId: string; send: (domains: Domains) => Promise<unknown> };

/** A command of each kind, each on a domain of its own on which it changes something. */
async function commands(): Promise<Command[]> {
  const prepared = Object.entries(changes).map(async ([rpc, call]): Promise<Command> => {
    const [domainName, requestId] = [freshName(), randomUUID()];
    const { domain } = await domainsAt(world.service.grpcAddress).addDomain({ domainName, origins: [origin] });
    const domains = domainsAt(world.service.grpcAddress);
    if (rpc === 'verifyOwnership') {
      const { name, value } = challengeOf(domainName, 'acme');
      world.dns.records.set(name, [value]);
    } else if (rpc !== 'confirmOwnership') await domains.confirmOwnership({ domainName });
    if (rpc === 'disableWebSocket') await domains.enableWebSocket({ domainName });
    if (rpc === 'restoreVersion') await domains.declareHeartbeats({ domainName, originHeartbeat: seconds(70n) });
    const target = { domainName, accountId: 'acme', version: domain!.version };
    const send = (to: Domains) => call(to, { domainName, etag: '', requestId }, target);
    return { type: rpc.replace(/^./, (letter) => letter.toUpperCase()), domainName, requestId, send };
  });
  const [domainName, requestId] = [freshName(), randomUUID()];
  const add = (to: Domains) => to.addDomain({ domainName, origins: [origin], requestId });
  return [...(await Promise.all(prepared)), { type: 'AddDomain', domainName, requestId, send: add }];
}

const seconds = (count: bigint) => ({ seconds: count, nanos: 0 });

/** The ids of the commands that have decided something on a domain. */
async function decidedOn({ domainName }: Command, on: EventLog = log): Promise<string[]> {
  const ids = [];
  for await (const { meta } of history<DomainEvent>(on, `config.domain.${domainName.replaceAll('.', '_')}`))
    ids.push(meta.commandId);
  return ids;
}

/** Puts everything that a stream holds into a server of its own, message for message. */
async function restore(stream: string, subjects: string[], to: NatsConnection): Promise<EventLog> {
  const from = await openEventLog(world.connection, { name: stream, subjects });
  const copy = await openEventLog(to, { name: stream, subjects });
  const { state } = await from.jsm.streams.info(stream);
  for (let seq = 1; seq <= state.last_seq; seq++) {
    const message = await from.jsm.streams.getMessage(stream, { seq });
    const fields = headers();
    for (const [name, values] of message!.header) if (!name.startsWith('Nats-')) fields.set(name, values[0] ?? '');
    await copy.js.publish(message!.subject, message!.data, { headers: fields });
  }
  return copy;
}

test('a command that comes to two instances at once, again after a restart and again after a restored backup happens once', async () => {
  const sent = await commands();
  {
    await using second = await world.startService();
    const instances = [world.service.grpcAddress, second.grpcAddress].map(domainsAt);
    await Promise.all(sent.flatMap(({ send }) => [...instances, ...instances].map(send)));
  }
  const once = await Promise.all(sent.map((command) => decidedOn(command)));
  for (const [index, { type, requestId }] of sent.entries())
    expect(once[index]?.filter((id) => id === `${type}:${requestId}`)).toHaveLength(1);

  await world.restart();
  for (const { send } of sent) await send(domainsAt(world.service.grpcAddress));
  expect(await Promise.all(sent.map((command) => decidedOn(command)))).toEqual(once);

  await using nats = await startNats();
  await using stack = new AsyncDisposableStack();
  const connection = stack.adopt(await connect({ servers: nats.url }), (each) => each.close());
  await restore('ACTIVATION', ['activation.>'], connection);
  const restored = await restore('CONFIG', ['config.>'], connection);
  await using service = await world.startService({ NATS_URL: nats.url });
  for (const { send } of sent) await send(domainsAt(service.grpcAddress));
  expect(await Promise.all(sent.map((command) => decidedOn(command, restored)))).toEqual(once);
}, 60_000);
