import { RelayMode, type DomainConfig } from '@longwire/contracts/edge/v1/domain_config';

/** What the frames of one direction must keep to. */
export interface FrameRules {
  /** Whether frames that break RFC 6455 are refused. */
  readonly strict: boolean;
  /** Whether frames of this direction are masked: those toward the origin. */
  readonly masked: boolean;
  /** The meaning of the reserved bits that was agreed on; an extension that the edge does not know may use all of them, and new opcodes. */
  readonly extension: 'none' | 'permessage-deflate' | 'unknown';
  /** The most bytes of payload, on the wire. */
  readonly maxFrame: number;
  readonly maxMessage: number;
}

/** Why a frame does not pass, with the status of the Close that its sender gets. */
export interface Fault {
  readonly code: 1002 | 1009;
  readonly reason: string;
}

/** The rules of both directions for a tunnel that opens now. @param extensions the names that the origin chose */
export function rulesOf(
  config: DomainConfig,
  extensions: readonly string[],
): { toOrigin: FrameRules; toClient: FrameRules } {
  const strict = config.relayMode === RelayMode.RELAY_MODE_STRICT;
  const isKnown = extensions.every((name) => name === 'permessage-deflate');
  const extension = !isKnown ? 'unknown' : extensions.length > 0 ? 'permessage-deflate' : 'none';
  const limit = (bytes: bigint) => (bytes > 0n ? Number(bytes) : Number.POSITIVE_INFINITY);
  return {
    toOrigin: {
      strict,
      masked: true,
      extension,
      maxFrame: limit(config.maxFrameBytesFromClient),
      maxMessage: limit(config.maxMessageBytesFromClient),
    },
    toClient: {
      strict,
      masked: false,
      extension,
      maxFrame: limit(config.maxFrameBytesFromOrigin),
      maxMessage: limit(config.maxMessageBytesFromOrigin),
    },
  };
}

/** What is wrong with a frame's first byte (RFC 6455, section 5.2). @param inMessage whether a message is under way */
export function faultOfFirst(first: number, inMessage: boolean, { extension }: FrameRules): Fault | undefined {
  const opcode = first & 0x0f;
  const isControl = opcode >= 8;
  if (isControl && first < 0x80) return broken('fragmented control frame');
  if (opcode === 0 && !inMessage) return broken('continuation of no message');
  if (!isControl && opcode !== 0 && inMessage) return broken('message inside a message');
  if (extension === 'unknown') return undefined;
  if (opcode > 10 || (opcode > 2 && opcode < 8)) return broken('reserved opcode');
  const allowed = extension === 'permessage-deflate' && !isControl && opcode !== 0 ? 0x40 : 0; // RFC 7692, section 6
  return (first & 0x70 & ~allowed) === 0 ? undefined : broken('reserved bit');
}

/** What is wrong with its second byte. */
export function faultOfSecond(first: number, second: number, { masked }: FrameRules): Fault | undefined {
  if (second >= 0x80 !== masked) return broken(masked ? 'frame without mask' : 'masked frame');
  const opcode = first & 0x0f;
  const length = second & 0x7f;
  if (opcode >= 8 && length > 125) return broken('control frame too long');
  return opcode === 8 && length === 1 ? broken('half a status') : undefined;
}

/** What is wrong with an extended length. @param bytes how many it takes: 2 or 8 */
export function faultOfLength(length: number, bytes: number): Fault | undefined {
  if (length < (bytes === 2 ? 126 : 65_536)) return broken('length not minimal');
  if (Number.isSafeInteger(length)) return undefined;
  return length >= 2 ** 63 ? broken('length beyond 2^63') : FRAME_TOO_LARGE;
}

export const FRAME_TOO_LARGE: Fault = { code: 1009, reason: 'frame too large' };
export const MESSAGE_TOO_LARGE: Fault = { code: 1009, reason: 'message too large' };

function broken(reason: string): Fault {
  return { code: 1002, reason };
}
