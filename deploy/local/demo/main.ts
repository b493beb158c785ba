import { run } from '@longwire/service';
import { readConfig } from './config.ts';
import { playJourney } from './journey.ts';
import { keepTalking } from './traffic.ts';

/** A scripted customer: it walks the whole journey once on a new data folder, and then keeps its clients talking. */
await run('demo', readConfig, async (config) => {
  const stopping = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  const playing = playJourney(config, stopping.signal)
    .then(() => keepTalking(config.EDGE_URL, stopping.signal))
    .catch((error: unknown) => {
      if (!stopping.signal.aborted) reject(error);
    });
  return {
    failed,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await playing;
    },
  };
});
