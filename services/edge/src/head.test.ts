import { describe, expect, test } from 'vitest';
import { HeadReader, type HeadResult } from './head.ts';

const GOOD = 'GET /a?b HTTP/1.1\r\nHost: a.test\r\nX-Empty:\r\nX-Blanks: \t two  words \t\r\nx-latin: caf\xe9\r\n\r\n';

function read(text: string): HeadResult {
  return new HeadReader().push(Buffer.from(text, 'latin1'));
}

function readInTwo(text: string, at: number): HeadResult {
  const reader = new HeadReader();
  const first = reader.push(Buffer.from(text.slice(0, at), 'latin1'));
  return first.kind === 'more' ? reader.push(Buffer.from(text.slice(at), 'latin1')) : first;
}

/** What a result says, without the bytes after the head, which depend on where the last piece began. */
function saying(result: HeadResult): unknown {
  return result.kind === 'head' ? result.head : result;
}

test('a head is read with its fields in order, in their case, blanks around values removed', () => {
  const result = read(`${GOOD}rest`);
  expect(saying(result)).toEqual({
    startLine: 'GET /a?b HTTP/1.1',
    fields: [
      { name: 'Host', key: 'host', value: 'a.test' },
      { name: 'X-Empty', key: 'x-empty', value: '' },
      { name: 'X-Blanks', key: 'x-blanks', value: 'two  words' },
      { name: 'x-latin', key: 'x-latin', value: 'caf\xe9' },
    ],
  });
  expect(result.kind === 'head' && result.rest.toString()).toBe('rest');
});

const faulty: Record<string, [head: string, status: number]> = {
  'line feed alone': ['GET / HTTP/1.1\nHost: a\r\n\r\n', 400],
  'carriage return alone': ['GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n', 400],
  'carriage return twice': ['GET / HTTP/1.1\r\r\nHost: a\r\n\r\n', 400],
  'NUL in a value': ['GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n', 400],
  'a control character in the request line': ['GET /\x01 HTTP/1.1\r\n\r\n', 400],
  'DEL in a value': ['GET / HTTP/1.1\r\nHost: a\x7f\r\n\r\n', 400],
  'a folded line': ['GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n', 400],
  'a folded line by tab': ['GET / HTTP/1.1\r\nX: a\r\n\tb\r\n\r\n', 400],
  'space before the first field': ['GET / HTTP/1.1\r\n Host: a\r\n\r\n', 400],
  'space before a colon': ['GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  'a name with a bad byte': ['GET / HTTP/1.1\r\nHo(st: a\r\n\r\n', 400],
  'a name beyond ASCII': ['GET / HTTP/1.1\r\nH\xf6st: a\r\n\r\n', 400],
  'an empty name': ['GET / HTTP/1.1\r\n: a\r\n\r\n', 400],
  'a field without colon': ['GET / HTTP/1.1\r\nHost\r\n\r\n', 400],
  'an empty first line': ['\r\nGET / HTTP/1.1\r\n\r\n', 400],
  'a request line beyond its limit': [`GET /${'a'.repeat(8 * 1024)} HTTP/1.1\r\n\r\n`, 414],
  'a head beyond its limit': [`GET / HTTP/1.1\r\nX: ${'a'.repeat(16 * 1024)}\r\n\r\n`, 431],
  'a head beyond its limit in many lines': [`GET / HTTP/1.1\r\n${`X: ${'a'.repeat(300)}\r\n`.repeat(60)}\r\n`, 431],
  'one field too many': [`GET / HTTP/1.1\r\n${'X: a\r\n'.repeat(101)}\r\n`, 431],
};

describe('a malformed head is a fault, not something to repair', () => {
  test.each(Object.entries(faulty))('%s', (_, [head, status]) => {
    expect(read(head)).toMatchObject({ kind: 'fault', status });
  });
});

test('as many fields as allowed are taken', () => {
  expect(read(`GET / HTTP/1.1\r\n${'X: a\r\n'.repeat(100)}\r\n`).kind).toBe('head');
});

test('limits are checked while reading: the fault comes before the line or the head ends', () => {
  expect(read(`GET /${'a'.repeat(9 * 1024)}`)).toMatchObject({ status: 414 });
  expect(read(`GET / HTTP/1.1\r\nX: ${'a'.repeat(17 * 1024)}`)).toMatchObject({ status: 431 });
  expect(read('GET / HTTP/1.1\n')).toMatchObject({ status: 400 });
});

describe('a head split at every byte says the same as in one piece', () => {
  const short = Object.entries(faulty).filter(([, [head]]) => head.length < 1000);
  test.each([['a good head', GOOD] as const, ...short.map(([name, [head]]) => [name, head] as const)])(
    '%s',
    (_, head) => {
      const whole = saying(read(head));
      for (let at = 0; at <= head.length; at++) expect(saying(readInTwo(head, at))).toEqual(whole);
      const reader = new HeadReader();
      const pieces = Array.from(Buffer.from(head, 'latin1'), (byte) => Buffer.of(byte));
      const last = pieces.reduce<HeadResult>(
        (result, piece) => (result.kind === 'more' ? reader.push(piece) : result),
        {
          kind: 'more',
        },
      );
      expect(saying(last)).toEqual(whole);
    },
  );
});

test('a value of blanks alone takes no longer than any other', () => {
  const begun = process.cpuUsage();
  for (let round = 0; round < 100; round++) read(`GET / HTTP/1.1\r\nX: a${' '.repeat(15_000)}b\r\n\r\n`);
  expect(process.cpuUsage(begun).user).toBeLessThan(2_000_000); // microseconds
});
