import { DomainError } from '@longwire/contracts';
import { jetstream, type JsMsg, type StreamConfig } from '@nats-io/jetstream';
import { headers, type MsgHdrs, nanos, type NatsConnection } from '@nats-io/transport-node';
import { withinBudget } from './retry.ts';

/** The stream that takes what no attempt could handle: `deadletter.<stream>.<durable>`, kept for 90 days. */
export function deadLetters(replicas = 1): Partial<StreamConfig> & { name: string } {
  return {
    name: 'DEADLETTERS',
    subjects: ['deadletter.>'],
    num_replicas: replicas,
    max_age: nanos(90 * 24 * 3_600_000),
  };
}

export type DeathCause = 'UNDECODABLE' | 'ATTEMPTS_EXHAUSTED';

/**
 * Stores a message among the dead letters, at least once: its data, its headers, and where it came from.
 * The reason names the error and leaves its text out: that may hold an address.
 * @throws DomainError UNAVAILABLE when it could not be stored within five seconds.
 */
export async function storeDeadLetter(
  { nc, stream, durable }: { nc: NatsConnection; stream: string; durable: string },
  message: JsMsg,
  cause: DeathCause,
  error: unknown,
): Promise<void> {
  const fields = originalHeaders(message);
  fields.set('Longwire-Dead-Stream', stream);
  fields.set('Longwire-Dead-Sequence', String(message.seq));
  fields.set('Longwire-Dead-Subject', message.subject);
  fields.set('Longwire-Dead-Deliveries', String(message.info.deliveryCount));
  fields.set('Longwire-Dead-Reason', `${cause} ${nameOf(error)}`);
  await withinBudget(5_000, (timeout) =>
    jetstream(nc).publish(`deadletter.${stream}.${durable}`, message.data, { headers: fields, timeout }),
  );
}

/** All but those that command the server: it would hold the copy to the `Nats-Expected-…` of the original. */
function originalHeaders(message: JsMsg): MsgHdrs {
  const fields = headers();
  for (const [name, values] of message.headers ?? []) {
    if (name.toLowerCase().startsWith('nats-')) continue;
    for (const value of values) fields.append(name, value);
  }
  return fields;
}

function nameOf(error: unknown): string {
  if (error instanceof DomainError) return error.reason;
  return error instanceof Error ? error.name : typeof error;
}
