import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { readProblem } from './api.ts';
import type { Problem } from './api.ts';
import { newRequestId } from './request-id.ts';

export type Write<Input> = {
  /** Does nothing while a run is on its way: a double click is one. */
  run: (input: Input) => void;
  isRunning: boolean;
  /** Why the last run failed. */
  problem: Problem | null;
  /** Forgets the problem. */
  reset: () => void;
};

/**
 * A call that changes something. Each run has a request id of its own, which makes a repeated delivery harmless. When it has
 * ended, well or not, what it may have changed is read again: after a refusal as well, for that may say that somebody
 * else was faster.
 * @param touched the first part of the query keys that may have changed
 */
export function useWrite<Input, Answer>(
  call: (input: Input, requestId: string) => Promise<Answer>,
  touched: string[],
  onDone?: (answer: Answer) => void,
): Write<Input> {
  const client = useQueryClient();
  // The second of two clicks comes before the button is drawn as disabled.
  const isOnItsWay = useRef(false);
  const mutation = useMutation({
    mutationFn: (input: Input) => call(input, newRequestId()),
    ...(onDone && { onSuccess: onDone }),
    onSettled: async () => {
      isOnItsWay.current = false;
      await Promise.all(touched.map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
  const { error } = mutation;
  const problem = useMemo(() => (error === null ? null : readProblem(error)), [error]);
  return {
    run: (input) => {
      if (isOnItsWay.current) return;
      isOnItsWay.current = true;
      mutation.mutate(input);
    },
    isRunning: mutation.isPending,
    problem,
    reset: mutation.reset,
  };
}
