import { randomUUID } from 'node:crypto';
import { DomainError, invalidArgument } from '@longwire/contracts';
import { z } from 'zod';

/**
 * Reads a request by a schema whose keys are the message's own.
 * @throws INVALID_ARGUMENT with a violation for every bad field, named as the contract names it (`origins[0].http_port`)
 */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, request: unknown): z.output<Schema> {
  const result = schema.safeParse(request);
  if (result.success) return result.data;
  throw invalidArgument(
    result.error.issues.map(({ path, message }) => ({ field: fieldPath(path), description: message })),
  );
}

/** A UUID that makes a repeated call do nothing new (AIP-155); one is made up where the caller gave none. */
export const requestId = z.preprocess((id) => id || randomUUID(), z.uuid('must be a UUID').toLowerCase());

/** What the caller last saw, or empty for "whatever it is now". */
export const etag = z.string().regex(/^\d{0,19}$/, 'must be an etag that this service gave');

/** How many entries a page has: 100 unless told, at most 1000. */
export const pageSize = z
  .int()
  .min(0, 'must not be negative')
  .transform((size) => Math.min(size || 100, 1000));

/** A page of what is sorted by key, and the token of the next one; the token is opaque to callers. */
export function page<Entry>(
  sorted: Entry[],
  { pageSize, pageToken }: { pageSize: number; pageToken: string },
  keyOf: (entry: Entry) => string,
): { entries: Entry[]; nextPageToken: string } {
  const start = pageToken === '' ? 0 : startAfter(sorted, decodeToken(pageToken), keyOf);
  const entries = sorted.slice(start, start + pageSize);
  const last = entries.at(-1);
  const more = start + pageSize < sorted.length;
  return { entries, nextPageToken: more && last !== undefined ? encodeToken(keyOf(last)) : '' };
}

function startAfter<Entry>(sorted: Entry[], key: string, keyOf: (entry: Entry) => string): number {
  const index = sorted.findIndex((entry) => keyOf(entry) === key);
  if (index < 0)
    throw new DomainError('ABORTED', 'PAGE_GONE', 'the list has changed under this page; start from its first page');
  return index + 1;
}

function encodeToken(key: string): string {
  return Buffer.from(JSON.stringify([key])).toString('base64url');
}

function decodeToken(token: string): string {
  try {
    return z.tuple([z.string()]).parse(JSON.parse(Buffer.from(token, 'base64url').toString()))[0];
  } catch {
    throw invalidArgument([{ field: 'page_token', description: 'must be a next_page_token that this service gave' }]);
  }
}

function fieldPath(path: PropertyKey[]): string {
  return path.reduce<string>((joined, part) => {
    if (typeof part === 'number') return `${joined}[${part}]`;
    const name = String(part).replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return joined === '' ? name : `${joined}.${name}`;
  }, '');
}
