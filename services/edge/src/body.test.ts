import { describe, expect, test } from 'vitest';
import type { BodyLength } from './answer.ts';
import { BodyScanner } from './body.ts';

const CHUNKED: BodyLength = { kind: 'chunked' };

const bodies: Record<string, [length: BodyLength, body: string]> = {
  sized: [{ kind: 'sized', bytes: 5 }, 'hello'],
  chunked: [CHUNKED, '5\r\nhello\r\n0\r\n\r\n'],
  'chunked with large chunks': [CHUNKED, `1A4\r\n${'\r\n0\r\n\r\n'.repeat(60)}\r\n0\r\n\r\n`],
  'chunked with extensions': [CHUNKED, '5;name=abc\r\nhello\r\n0;x\r\n\r\n'],
  'chunked with trailers': [CHUNKED, '5\r\nhello\r\n0\r\nExpires: never\r\nX: 0\r\n\r\n'],
  'chunked and empty': [CHUNKED, '0\r\n\r\n'],
};

describe('the end of a body is found at every segmentation, and no byte beyond is taken', () => {
  test.each(Object.entries(bodies))('%s', (_, [length, body]) => {
    for (let at = 0; at <= body.length; at++) {
      const scanner = new BodyScanner(length);
      const first = scanner.scan(Buffer.from(body.slice(0, at)));
      expect([first, scanner.isComplete]).toEqual([at, at === body.length]);
      expect(scanner.scan(Buffer.from(`${body.slice(at)}HTTP/1.1 200`))).toBe(body.length - at);
      expect(scanner.isComplete).toBe(true);
    }
  });
});

test('a body of length zero is complete at once', () => {
  expect(new BodyScanner({ kind: 'sized', bytes: 0 }).isComplete).toBe(true);
});

test('a body until close takes everything and is never complete', () => {
  const scanner = new BodyScanner({ kind: 'until-close' });
  expect(scanner.scan(Buffer.from('0\r\n\r\n'))).toBe(5);
  expect(scanner.isComplete).toBe(false);
});
