import { DomainError } from '@longwire/contracts';
import { headers, type MsgHdrs } from '@nats-io/transport-node';

/** What every stored event has: its name, a fact in the past tense. */
export type DomainEvent = { type: string };

/** Who decided, when, on which command; stored in the message's headers. */
export type Meta = {
  /** Names the command; a repeated command carries the same id. Unique within the subject. */
  commandId: string;
  /** Subject of the caller's token, or the name of the part that acted. Never a personal datum. */
  actor: string;
  time: Date;
  /** W3C trace context, when the caller had one. */
  traceparent?: string;
};

/** One decision as read back. `sequence` is the stream's, not the subject's; `storedTime` is by the server's clock. */
export type Recorded<E> = { subject: string; sequence: number; storedTime: Date; meta: Meta; events: E[] };

/** A message as it lies in a stream, however it was read. `seq` is the stream's sequence, `time` when it was stored. */
export type StoredMessage = {
  readonly subject: string;
  readonly seq: number;
  readonly time: Date;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
};

/** A message of an event stream that is not one of our envelopes. */
export class UndecodableMessage extends Error {
  readonly subject: string;
  readonly sequence: number;

  constructor(message: StoredMessage, why: string, options?: ErrorOptions) {
    super(`message ${message.seq} of ${message.subject}: ${why}`, options);
    this.name = 'UndecodableMessage';
    this.subject = message.subject;
    this.sequence = message.seq;
  }
}

/**
 * What could not be read back is not written.
 * @throws DomainError INVALID_ARGUMENT for a command id that a header does not keep as it is.
 */
export function encode(events: readonly DomainEvent[], meta: Meta): { data: string; headers: MsgHdrs } {
  if (!/^[\x21-\x7e]{1,128}$/.test(meta.commandId)) {
    throw new DomainError('INVALID_ARGUMENT', 'INVALID_COMMAND_ID', 'Use 1 to 128 ASCII characters without spaces.');
  }
  if (events.length === 0 || meta.actor.trim() === '') throw new Error('a decision needs events and an actor');
  const fields = headers();
  fields.set('Longwire-Command-Id', meta.commandId);
  fields.set('Longwire-Actor', meta.actor);
  fields.set('Longwire-Time', meta.time.toISOString());
  if (meta.traceparent !== undefined) fields.set('traceparent', meta.traceparent);
  return { data: JSON.stringify({ events }), headers: fields };
}

/**
 * Reads a decision back. The shape of each event beyond its `type` is the writer's promise: a stream has one writer, and
 * golden samples of every event ever written stay in the writer's tests.
 * @throws UndecodableMessage
 */
export function decodeRecorded<E extends DomainEvent>(message: StoredMessage): Recorded<E> {
  const isDecision = (value: unknown): value is { events: E[] } => isEnvelope(value);
  const envelope = parse(message);
  if (!isDecision(envelope)) throw new UndecodableMessage(message, 'not {"events":[{"type":…},…]}');
  const { subject, seq: sequence, time: storedTime } = message;
  return { subject, sequence, storedTime, meta: readMeta(message), events: envelope.events };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(message: StoredMessage): unknown {
  try {
    return JSON.parse(utf8.decode(message.data));
  } catch (cause) {
    throw new UndecodableMessage(message, 'not JSON', { cause });
  }
}

function isEnvelope(value: unknown): value is { events: DomainEvent[] } {
  if (!isObject(value) || !Array.isArray(value['events']) || value['events'].length === 0) return false;
  return value['events'].every((event: unknown) => isObject(event) && typeof event['type'] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function readMeta(message: StoredMessage): Meta {
  const field = (name: string) => message.headers?.get(name) ?? '';
  const [commandId, actor] = [field('Longwire-Command-Id'), field('Longwire-Actor')];
  const time = new Date(field('Longwire-Time'));
  if (commandId === '' || actor === '' || Number.isNaN(time.getTime())) {
    throw new UndecodableMessage(message, 'without command id, actor or time');
  }
  const traceparent = field('traceparent');
  return traceparent === '' ? { commandId, actor, time } : { commandId, actor, time, traceparent };
}
