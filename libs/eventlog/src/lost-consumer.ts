import type { ConsumerMessages } from '@nats-io/jetstream';

/** Length of one pull in milliseconds. Short, because the client looks again for a lost consumer once per pull. */
export const pullMs = 2_000;
/** Silence for this long means that the consumer is gone: a living one says something at every pull. */
const silenceMs = 3 * pullMs;

/**
 * A server that restarted has forgotten the consumer. The client would make a new one by itself; we start over instead,
 * to look first whether the stream is still the one that was read. And where the consumer went down with its server, while
 * the connection is to another one, the client may notice nothing at all: hence the watch of our own.
 */
export function stopWhenLost(messages: ConsumerMessages): Disposable & { heard(): void } {
  const silent = setTimeout(() => messages.stop(), silenceMs);
  const heard = () => void silent.refresh();
  void (async () => {
    for await (const { type } of messages.status()) {
      heard();
      if (type === 'reset' || type === 'consumer_not_found' || type === 'heartbeats_missed') messages.stop();
    }
  })();
  return { heard, [Symbol.dispose]: () => clearTimeout(silent) };
}
