import { expect, test } from 'vitest';
import { closeFrame, pingFrame } from './own-frames.ts';

test('the Close that the edge makes is one whole final frame with its code and reason, masked toward the origin', () => {
  const plain = closeFrame(1012, 'service restart', false);
  expect(plain).toEqual(Buffer.concat([Buffer.of(0x88, 17, 0x03, 0xf4), Buffer.from('service restart')]));
  const masked = closeFrame(1012, 'service restart', true);
  const mask = masked.subarray(2, 6);
  expect(masked.subarray(0, 2)).toEqual(Buffer.of(0x88, 0x80 | 17));
  expect(masked.subarray(6).map((byte, at) => byte ^ (mask[at % 4] ?? 0))).toEqual(plain.subarray(2));
  expect(closeFrame(1012, 'service restart', true)).not.toEqual(masked); // section 5.3: a mask cannot be foreseen
});

test('the ping that the edge makes is one whole final frame, and leaves its payload as it was', () => {
  const payload = Buffer.from('are you there');
  expect(pingFrame(payload, false)).toEqual(Buffer.concat([Buffer.of(0x89, 13), payload]));
  const masked = pingFrame(payload, true);
  const mask = masked.subarray(2, 6);
  expect(masked.subarray(6).map((byte, at) => byte ^ (mask[at % 4] ?? 0))).toEqual(Buffer.from('are you there'));
  expect(String(payload)).toBe('are you there');
});
