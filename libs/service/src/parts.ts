/** A part of a service that works until the signal aborts: a projection, a consumer, a writer. */
export type Part = { run(signal: AbortSignal): Promise<void> };

export type RunningParts = AsyncDisposable & {
  /** Rejects when a part has failed, or has ended though nobody asked it to. */
  failed: Promise<never>;
};

/** Runs parts side by side until disposed; disposing waits for each to finish what it is at. */
export function runParts(parts: Part[]): RunningParts {
  const stopping = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // told to whoever waits for it
  const lives = parts.map(async (part) => {
    try {
      await part.run(stopping.signal);
      if (!stopping.signal.aborted) throw new Error('a part has ended by itself');
    } catch (error) {
      reject(error);
    }
  });
  return {
    failed,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await Promise.all(lives);
    },
  };
}
