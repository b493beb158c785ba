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
  const ask = vi.fn(() => Promise.reject(new ConnectError('no', code)));
  const asked = createQueryClient().fetchQuery({ queryKey: ['anything'], queryFn: ask });
  const failed = expect(asked).rejects.toThrow('no');
  await vi.runAllTimersAsync();
  await failed;
  expect(ask).toHaveBeenCalledTimes(times);
});
