import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Running } from './consumer.ts';
import { pullMs, stopWhenLost } from './lost-consumer.ts';
import { keepTrying, onAbort } from './retry.ts';

/** A value of a key-value bucket; undefined when the key was deleted. `time` is when the server stored it. */
export type BucketEntry = { key: string; value: Uint8Array | undefined; time: Date };

/**
 * Reads what a bucket holds, then each change, until the signal aborts. After each trouble it reads everything anew, so an
 * entry may come again; a bucket that is not there yet is waited for.
 */
export function followBucket(
  nc: NatsConnection,
  bucket: string,
  apply: (entry: BucketEntry) => void,
  onRetry?: (error: unknown) => void,
): Running {
  const prefix = `$KV.${bucket}.`;
  async function follow(signal: AbortSignal): Promise<void> {
    const settings = { deliver_policy: DeliverPolicy.LastPerSubject };
    const consumer = await jetstream(nc).consumers.get(`KV_${bucket}`, settings);
    const messages = await consumer.consume({ max_messages: 1_000, expires: pullMs });
    using watch = stopWhenLost(messages);
    using _ = onAbort(signal, () => messages.stop());
    for await (const { subject, data, headers, time } of messages) {
      watch.heard();
      const value = headers?.get('KV-Operation') ? undefined : data;
      apply({ key: subject.slice(prefix.length), value, time });
    }
  }
  return { run: (signal) => keepTrying(signal, () => follow(signal), onRetry) };
}
