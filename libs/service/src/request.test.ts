import { expect, test } from 'vitest';
import { z } from 'zod';
import { etag, page, pageSize, parseRequest, requestId } from './request.ts';

const schema = z.object({
  requestId,
  etag,
  origins: z.array(z.object({ httpPort: z.int().max(65_535, 'must be a port') })),
});

test('every bad field is named at once, as the contract names it', () => {
  const bad = { requestId: 'x', etag: 'W/"1"', origins: [{ httpPort: 80 }, { httpPort: 70_000 }] };
  expect(() => parseRequest(schema, bad)).toThrow(
    expect.objectContaining({
      details: {
        fieldViolations: [
          { field: 'request_id', description: 'must be a UUID' },
          { field: 'etag', description: 'must be an etag that this service gave' },
          { field: 'origins[1].http_port', description: 'must be a port' },
        ],
      },
    }),
  );
});

test('a request without an id gets a new one each time', () => {
  const ids = [1, 2].map(() => parseRequest(schema, { requestId: '', etag: '', origins: [] }).requestId);
  expect(new Set(ids).size).toBe(2);
});

test('pages follow each other to the end, and lose nothing', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const seen: string[] = [];
  let pageToken = '';
  do {
    const { entries, nextPageToken } = page(names, { pageSize: 2, pageToken }, (name) => name);
    seen.push(...entries);
    pageToken = nextPageToken;
  } while (pageToken !== '');
  expect(seen).toEqual(names);
});

test('a made-up page token is a bad field, a vanished one says to start over', () => {
  const list = (pageToken: string) => page(['a'], { pageSize: 1, pageToken }, (name) => name);
  expect(() => list('nonsense')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  const gone = Buffer.from('["z"]').toString('base64url');
  expect(() => list(gone)).toThrow(expect.objectContaining({ reason: 'PAGE_GONE' }));
});

test('a page has 100 entries unless told, and 1000 at most', () => {
  expect([0, 7, 5000].map((size) => pageSize.parse(size))).toEqual([100, 7, 1000]);
  expect(pageSize.safeParse(-1).success).toBe(false);
});
