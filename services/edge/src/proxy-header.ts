import { isIPv4, isIPv6 } from 'node:net';

/** What a load balancer says of the connection that it passes on (haproxy.org, "The PROXY protocol", versions 1 and 2). */
export interface ProxyHeader {
  /** The client's address; undefined when the balancer speaks for itself (LOCAL, UNKNOWN), as it does to see whether we live. */
  readonly source: string | undefined;
  /** How many bytes the header took. */
  readonly length: number;
}

export type ProxyHeaderResult = ProxyHeader | 'more' | 'fault';

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V1_BYTES = 107;
/** The addresses and whatever the balancer adds about itself; the format would allow 64 KiB. */
const V2_BYTES = 4_096;
const V2_HEAD = 16;

/** Reads the header at the start of these bytes; `more` as long as they could become one. */
export function readProxyHeader(bytes: Buffer): ProxyHeaderResult {
  if (startsLike(bytes, SIGNATURE)) return readVersion2(bytes);
  return startsLike(bytes, Buffer.from('PROXY ')) ? readVersion1(bytes) : 'fault';
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const known = Math.min(bytes.length, start.length);
  return bytes.subarray(0, known).equals(start.subarray(0, known));
}

function readVersion1(bytes: Buffer): ProxyHeaderResult {
  const end = bytes.subarray(0, V1_BYTES).indexOf('\r\n');
  if (end < 0) return bytes.length < V1_BYTES ? 'more' : 'fault';
  const [, protocol, ...rest] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + 2;
  if (protocol === 'UNKNOWN') return { source: undefined, length };
  const [source = '', destination = '', ...ports] = rest;
  const isAddress = protocol === 'TCP4' ? isIPv4 : protocol === 'TCP6' ? isIPv6 : () => false;
  const isWhole =
    ports.length === 2 && ports.every((port) => /^(0|[1-9]\d{0,4})$/.test(port) && Number(port) <= 65_535);
  return isAddress(source) && isAddress(destination) && isWhole ? { source, length } : 'fault';
}

function readVersion2(bytes: Buffer): ProxyHeaderResult {
  if (bytes.length < V2_HEAD) return 'more';
  const version = bytes.readUInt8(12) >> 4;
  const command = bytes.readUInt8(12) & 0x0f;
  const family = bytes.readUInt8(13) >> 4;
  const length = V2_HEAD + bytes.readUInt16BE(14);
  if (version !== 2 || command > 1 || length > V2_BYTES) return 'fault';
  if (bytes.length < length) return 'more';
  if (command === 0) return { source: undefined, length };
  const addresses = bytes.subarray(V2_HEAD, length);
  switch (family) {
    case 1:
      return addresses.length < 12 ? 'fault' : { source: addresses.subarray(0, 4).join('.'), length };
    case 2:
      return addresses.length < 36 ? 'fault' : { source: ipv6(addresses.subarray(0, 16)), length };
    default:
      return { source: undefined, length }; // UNSPEC and UNIX name no client
  }
}

/** In its usual form (RFC 5952): addresses are compared as text later on. */
function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
