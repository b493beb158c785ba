import { expect, test } from 'vitest';
import { parseLeftOut } from './left-out.ts';

test('sequences are listed by stream', () => {
  expect(parseLeftOut('CONFIG:17, ACTIVATION:5,CONFIG:18')).toEqual(
    new Map([
      ['CONFIG', new Set([17, 18])],
      ['ACTIVATION', new Set([5])],
    ]),
  );
  expect(parseLeftOut('')).toEqual(new Map());
});

test.each(['CONFIG', 'CONFIG:', 'CONFIG:0', 'CONFIG:x', '17', 'config:17', 'CONFIG:1:2'])(
  '%s names no message',
  (text) => {
    expect(() => parseLeftOut(text)).toThrow('is not STREAM:SEQUENCE');
  },
);
