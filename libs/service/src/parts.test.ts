import { expect, test } from 'vitest';
import { runParts } from './parts.ts';

const untilStopped = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

test('disposing waits for every part to finish', async () => {
  const finished: string[] = [];
  const part = (name: string) => ({
    run: (signal: AbortSignal) => untilStopped(signal).then(() => void finished.push(name)),
  });
  await runParts([part('one'), part('other')])[Symbol.asyncDispose]();
  expect(finished).toEqual(['one', 'other']);
});

test('a part that fails is told, and does not spoil the stop of the others', async () => {
  const parts = runParts([{ run: () => Promise.reject(new Error('broken')) }, { run: untilStopped }]);
  await expect(parts.failed).rejects.toThrow('broken');
  await parts[Symbol.asyncDispose]();
});

test('a part that ends by itself has failed', async () => {
  const parts = runParts([{ run: async () => {} }]);
  await expect(parts.failed).rejects.toThrow('ended by itself');
});
