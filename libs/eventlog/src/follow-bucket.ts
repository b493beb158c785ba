import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Running } from './consumer.ts';
import { pullMs, stopWhenLost } from './lost-consumer.ts';
import { keepTrying, onAbort } from './retry.ts';

/**
 * A value of a key-value bucket; undefined when the key was deleted. `time` is when the server stored it. `isNews` is false
 * for what the bucket held when reading began, or began anew: what stood there in between has not been seen.
 */
export type BucketEntry = { key: string; value: Uint8Array | undefined; time: Date; isNews: boolean };

export type FollowOptions = {
  /** All that the bucket holds has come, also when that is nothing; from here on changes come as they happen. */
  onWhole?: () => void;
  /** Changes do not come any more, until `onWhole` is called again. */
  onLost?: () => void;
  /** Called with each trouble that is waited out. For the log. */
  onRetry?: (error: unknown) => void;
};

/**
 * Reads what a bucket holds, then each change, until the signal aborts. After each trouble it reads everything anew, so an
 * entry may come again; a bucket that is not there yet is waited for.
 */
export function followBucket(
  nc: NatsConnection,
  bucket: string,
  apply: (entry: BucketEntry) => void,
  { onWhole, onLost, onRetry }: FollowOptions = {},
): Running {
  const stream = `KV_${bucket}`;
  const prefix = `$KV.${bucket}.`;

  async function follow(signal: AbortSignal): Promise<void> {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    const { state } = await jsm.streams.info(stream);
    const consumer = await jetstream(nc).consumers.get(stream, { deliver_policy: DeliverPolicy.LastPerSubject });
    const messages = await consumer.consume({ max_messages: 1_000, expires: pullMs });
    using watch = stopWhenLost(messages);
    using _ = onAbort(signal, () => messages.stop());
    let isNews = state.messages === 0;
    if (isNews) onWhole?.();
    try {
      for await (const { subject, data, headers, time, info } of messages) {
        watch.heard();
        const value = headers?.get('KV-Operation') ? undefined : data;
        apply({ key: subject.slice(prefix.length), value, time, isNews });
        if (isNews || info.pending > 0) continue;
        isNews = true;
        onWhole?.();
      }
    } finally {
      onLost?.();
    }
  }

  return { run: (signal) => keepTrying(signal, () => follow(signal), onRetry) };
}
