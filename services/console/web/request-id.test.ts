import { afterEach, expect, test, vi } from 'vitest';
import { newRequestId } from './request-id.ts';

afterEach(() => vi.unstubAllGlobals());

test('a request id is a random UUID, also where a page of plain http has no randomUUID', () => {
  const { crypto } = globalThis;
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => crypto.getRandomValues(bytes) });
  const ids = Array.from({ length: 1000 }, newRequestId);
  expect(ids.filter((id) => !/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(1000);
});
