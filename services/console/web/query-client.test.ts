import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createQueryClient } from './query-client.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each([
  ['a service that is away is asked three times', Code.Unavailable, 3],
  ['a service that is too slow is asked once, and it is said', Code.DeadlineExceeded, 1],
  ['what is refused is asked once', Code.PermissionDenied, 1],
])('%s', async (_, code, times) => {
  let asked = 0;
  const ask = async () => {
    asked += 1;
    throw new ConnectError('no', code);
  };
  const answer = createQueryClient()
    .fetchQuery({ queryKey: ['anything'], queryFn: ask })
    .catch((error: unknown) => error);
  await vi.runAllTimersAsync();
  expect(await answer).toMatchObject({ code });
  expect(asked).toBe(times);
});
