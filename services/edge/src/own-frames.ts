import { randomBytes } from 'node:crypto';

const CLOSE = 0x88;
const PING = 0x89;

/**
 * A whole Close frame.
 * @param code RFC 6455, section 7.4
 * @param reason ASCII, at most 123 bytes
 * @param masked toward an origin the edge is a client, and a client masks (section 5.1)
 */
export function closeFrame(code: number, reason: string, masked: boolean): Buffer {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code);
  payload.write(reason, 2, 'latin1');
  return frame(CLOSE, payload, masked);
}

/** A whole ping frame; its payload is not changed. */
export function pingFrame(payload: Buffer, masked: boolean): Buffer {
  return frame(PING, Buffer.from(payload), masked);
}

function frame(first: number, payload: Buffer, masked: boolean): Buffer {
  if (!masked) return Buffer.concat([Buffer.of(first, payload.length), payload]);
  const mask = randomBytes(4);
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return Buffer.concat([Buffer.of(first, 0x80 | payload.length), mask, payload]);
}
