import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** A WebSocket client that knows what went over its wire: bytes after the handshake, in each direction, to the byte. */
export type SocketClient = {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Sends a binary message and resolves with the bytes of the next message that comes back. */
  exchange(message: Buffer): Promise<Buffer>;
  /** Resolves when the connection has ended, with the close frame that came first, if one came. */
  closed: Promise<{ code: number; reason: string } | undefined>;
  destroy(): void;
};

/**
 * Opens a WebSocket by RFC 6455 on a plain TCP connection.
 * @returns the client, or the HTTP status with which it was refused
 */
export async function openSocket(
  port: number,
  host: string,
  path = '/echo',
): Promise<{ status: 101; client: SocketClient } | { status: number; client: undefined }> {
  const socket = connect(port, '127.0.0.1').setNoDelay();
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
  );
  const { status, rest } = await readHead(socket);
  if (status === 101) return { status, client: speak(socket, rest) };
  socket.destroy();
  return { status, client: undefined };
}

async function readHead(socket: Socket): Promise<{ status: number; rest: Buffer }> {
  let received = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(socket, 'data');
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) continue;
    socket.pause();
    return { status: Number(received.toString('latin1', 9, 12)), rest: received.subarray(end + 4) };
  }
}

function speak(socket: Socket, rest: Buffer): SocketClient {
  const sentBefore = socket.bytesWritten;
  let bytesReceived = 0;
  let unread: Buffer = Buffer.alloc(0);
  let conclusion: { code: number; reason: string } | undefined;
  const waiting: ((message: Buffer) => void)[] = [];

  const take = (chunk: Buffer) => {
    bytesReceived += chunk.length;
    unread = Buffer.concat([unread, chunk]);
    for (let frame = readFrame(unread); frame; frame = readFrame(unread)) {
      unread = unread.subarray(frame.end);
      if (frame.opcode === opcodes.binary) waiting.shift()?.(frame.payload);
      if (frame.opcode === opcodes.close) conclude(frame.payload);
    }
  };
  const conclude = (payload: Buffer) => {
    conclusion = { code: payload.readUInt16BE(0), reason: payload.toString('utf8', 2) };
    socket.end(maskedFrame(opcodes.close, payload.subarray(0, 2)));
  };
  const closed = new Promise<typeof conclusion>((resolve) => socket.on('close', () => resolve(conclusion)));
  socket.on('data', take);
  socket.on('error', () => {}); // `close` follows
  if (rest.length > 0) take(rest);
  socket.resume();

  return {
    get bytesSent() {
      return socket.bytesWritten - sentBefore;
    },
    get bytesReceived() {
      return bytesReceived;
    },
    exchange: (message) =>
      new Promise((resolve, reject) => {
        waiting.push(resolve);
        void closed.then(() => reject(new Error('the connection has ended')));
        socket.write(maskedFrame(opcodes.binary, message));
      }),
    closed,
    destroy: () => socket.destroy(),
  };
}

const opcodes = { binary: 0x2, close: 0x8 };

/** The first whole frame of what a server sent (RFC 6455, section 5.2): not masked, not fragmented. */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; end: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [header, length] = lengthOf(bytes, bytes.readUInt8(1) & 0x7f);
  const end = header + length;
  if (bytes.length < end) return undefined;
  return { opcode: bytes.readUInt8(0) & 0x0f, payload: bytes.subarray(header, end), end };
}

function lengthOf(bytes: Buffer, short: number): [header: number, length: number] {
  if (short < 126) return [2, short];
  if (short === 126) return bytes.length < 4 ? [4, Infinity] : [4, bytes.readUInt16BE(2)];
  return bytes.length < 10 ? [10, Infinity] : [10, Number(bytes.readBigUInt64BE(2))];
}

function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(0x80 | opcode), maskedLength(payload.length), mask, masked]);
}

function maskedLength(length: number): Buffer {
  if (length < 126) return Buffer.of(0x80 | length);
  const extended = Buffer.alloc(length < 65_536 ? 3 : 9, 0x80 | (length < 65_536 ? 126 : 127));
  if (length < 65_536) extended.writeUInt16BE(length, 1);
  else extended.writeBigUInt64BE(BigInt(length), 1);
  return extended;
}
